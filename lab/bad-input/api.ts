import type { Fault } from '../simulators/cloudflare/api/server.ts'
import type { World } from '../world/world.ts'
import type { BadInput } from './bad-input.ts'

/** Every call from now on. */
const always =
  (fault: Fault) =>
  ({ cloudflare: { api } }: World): (() => void) => {
    api.fault(/ \/zones/, fault, Number.POSITIVE_INFINITY)
    return () => api.clearFaults()
  }

const noAnswer = {
  argv: ['plan'],
  exit: 1,
  code: 'cloudflare/no-answer',
} as const

/** What Cloudflare's API does on a bad day. */
export const api: readonly BadInput[] = [
  {
    name: 'the API wants a pause',
    plant: always({
      is: 'refused-before',
      status: 429,
      headers: { 'retry-after': '300' },
      body: '{"success":false,"errors":[{"code":971,"message":"Please wait and consider throttling your request speed"}],"result":null}',
    }),
    argv: ['plan'],
    exit: 1,
    code: 'cloudflare/rate-limited',
    says: /wants fewer calls/,
    hint: /wait five minutes/,
  },
  {
    ...noAnswer,
    name: 'the API fails',
    plant: always({ is: 'refused-before', status: 503, body: '{"success":false,"errors":[]}' }),
    says: /answered 503 with a failure without a reason/,
    hint: /cloudflarestatus\.com/,
  },
  {
    ...noAnswer,
    name: 'the API answers with a web page',
    plant: always({ is: 'html', status: 520 }),
    says: /answered 520 with a web page/,
    hint: /cloudflarestatus\.com/,
  },
  {
    ...noAnswer,
    name: 'the API is cut off in the middle',
    plant: always({ is: 'cut' }),
    says: /did not answer/,
    hint: /the command can be run again at any time/,
  },
]
