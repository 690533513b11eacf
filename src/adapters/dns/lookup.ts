import type { Answer, RecordType } from 'dns-packet'

import { addressOf, type Address } from '../../core/address.ts'
import { reasonOf } from '../../core/problem.ts'
import { queryDns, type DnsServer, type Question } from './query.ts'

/** What one server says about a name; `failed` instead of values when it said nothing. */
export type Said<T> = { readonly server: DnsServer; readonly authoritative: boolean } & (
  | { readonly values: readonly T[] }
  | { readonly failed: string }
)

type Asked = Pick<Question, 'name' | 'class' | 'recursive'>

async function askAll<T>(
  servers: readonly DnsServer[],
  asked: Asked & { readonly type: RecordType },
  read: (answer: Answer) => T[],
  signal: AbortSignal,
): Promise<Said<T>[]> {
  return Promise.all(
    servers.map(async (server): Promise<Said<T>> => {
      try {
        const answer = await queryDns(server, asked, signal)
        if (answer.code !== 'NOERROR' && answer.code !== 'NXDOMAIN') {
          return {
            server,
            authoritative: answer.authoritative,
            failed: `it answers ${answer.code}`,
          }
        }
        return { server, authoritative: answer.authoritative, values: answer.answers.flatMap(read) }
      } catch (error) {
        signal.throwIfAborted()
        return { server, authoritative: false, failed: reasonOf(error) }
      }
    }),
  )
}

/** The texts of a name, as each server has them. Texts in pieces are joined (RFC 7208 section 3.3). */
export const lookUpTexts = (
  servers: readonly DnsServer[],
  asked: Asked,
  signal: AbortSignal,
): Promise<Said<string>[]> => askAll(servers, { ...asked, type: 'TXT' }, textsIn, signal)

function textsIn(answer: Answer): string[] {
  if (answer.type !== 'TXT') return []
  const parts = Array.isArray(answer.data) ? answer.data : [answer.data]
  return [
    parts
      .map((part) => (typeof part === 'string' ? part : Buffer.from(part).toString('utf8')))
      .join(''),
  ]
}

/** The addresses of a name in one family, as each server has them. */
export const lookUpAddresses = (
  servers: readonly DnsServer[],
  asked: Asked & { readonly type: 'A' | 'AAAA' },
  signal: AbortSignal,
): Promise<Said<Address>[]> => askAll(servers, asked, (answer) => addressesIn(answer), signal)

function addressesIn(answer: Answer): Address[] {
  if (answer.type !== 'A' && answer.type !== 'AAAA') return []
  const address = addressOf(answer.data)
  return address ? [address] : []
}
