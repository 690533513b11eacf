import { request } from 'node:http'

import { noAnswer, nobodyThere } from './no-answer.ts'

const deadlineMs = 5000

/**
 * What the keeper answers on its socket in the data folder; `undefined` when none runs. Throws Problem
 * `control/no-answer` when one does and does not answer.
 */
export function askKeeper(
  socketPath: string,
  path: string,
  signal: AbortSignal,
  method: 'GET' | 'POST' = 'GET',
): Promise<string | undefined> {
  return new Promise((done, fail) => {
    const asking = request({
      socketPath,
      path,
      method,
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
    })
    const failed = (cause: unknown): void => {
      if (nobodyThere(cause)) done(undefined)
      else fail(noAnswer(cause))
    }
    asking.on('error', failed)
    asking.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (text += chunk))
      response.on('error', failed)
      response.on('end', () => {
        if ((response.statusCode ?? 0) < 300) done(text)
        else failed(new Error(`it answered ${response.statusCode}`))
      })
    })
    asking.end()
  })
}
