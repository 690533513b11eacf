import { request } from 'node:http'
import { createInterface } from 'node:readline'

import { errorCode, Problem, reasonOf } from '../../core/problem.ts'

/**
 * The lines that the keeper tells on its socket, one after the other, until it has no more or the signal. Answers `false`
 * when no keeper runs. Throws Problem `control/no-answer`.
 */
export function followKeeper(
  socketPath: string,
  path: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((done, fail) => {
    const asking = request({ socketPath, path, agent: false, signal })
    asking.on('error', (cause) => {
      const code = errorCode(cause)
      if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') done(false)
      else fail(signal.aborted ? cause : noAnswer(reasonOf(cause), cause))
    })
    asking.on('response', (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        fail(noAnswer(`it answered ${response.statusCode}`, undefined))
        return
      }
      const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY })
      lines.on('line', tell)
      lines.on('close', () => done(true))
      response.on('error', fail)
    })
    asking.end()
  })
}

const noAnswer = (because: string, cause: unknown): Problem =>
  new Problem('control/no-answer', `the keeper does not answer (${because})`, {
    hint: 'look at its log, or start it anew; a keeper with `tls: home-assistant` has no gateway',
    cause,
  })
