import { request } from 'node:http'
import { createInterface } from 'node:readline'

import { noAnswer, nobodyThere } from './no-answer.ts'

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
    const failed = (cause: unknown): void => {
      if (signal.aborted) done(true)
      else if (nobodyThere(cause)) done(false)
      else fail(noAnswer(cause))
    }
    asking.on('error', failed)
    asking.on('response', (response) => {
      response.on('error', failed)
      if (response.statusCode === 200) {
        const lines = createInterface({ input: response })
        lines.on('line', tell)
        lines.on('close', () => done(true))
      } else {
        response.resume()
        failed(new Error(`it answered ${response.statusCode}`))
      }
    })
    asking.end()
  })
}
