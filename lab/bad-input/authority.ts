import type { AuthorityFault } from '../simulators/acme/faults.ts'
import type { World } from '../world/world.ts'
import { anotherName, type BadInput } from './bad-input.ts'

const meets =
  (fault: AuthorityFault, times: number, at: string) =>
  ({ authority }: World): (() => void) => {
    authority.fault(fault, times, at)
    return () => authority.clearFaults()
  }

/** What the certificate authority refuses. */
export const authority: readonly BadInput[] = [
  {
    name: 'the authority has given out enough for now',
    plant: meets('rate-limited', 9, 'new-order'),
    environment: anotherName,
    exit: 1,
    code: 'certificate/rate-limited',
    says: /wants a pause \(too many new orders recently\)/,
    hint: /nothing is lost.*Keep the data folder/,
  },
  {
    name: 'the authority refuses every nonce',
    plant: meets('bad-nonce', 99, 'new-order'),
    environment: anotherName,
    exit: 1,
    code: 'certificate/bad-nonce',
    says: /refused the nonce again and again/,
    hint: /run the command again/,
  },
  {
    name: 'the authority does not see the proof',
    plant: meets('blind', 9, 'challenge'),
    environment: anotherName,
    exit: 1,
    code: 'certificate/not-validated',
    says: /did not find the proof/,
    hint: /./,
  },
  {
    name: 'a CAA record that forbids the authority',
    plant({ zone }) {
      zone.records.push({
        id: 'caa',
        type: 'CAA',
        name: 'example.com',
        content: '0 issue "other.example"',
        proxied: false,
        ttl: 1,
        comment: null,
        createdOn: '',
        modifiedOn: '',
      })
      return () => void zone.records.pop()
    },
    environment: anotherName,
    exit: 1,
    code: 'certificate/caa',
    says: /served for example\.com allow other\.example, and not the authority authority\.example/,
    hint: /add the record: example\.com CAA 0 issue "authority\.example"/,
  },
  {
    name: 'the authority is down',
    plant: meets('html', 9, 'new-order'),
    environment: anotherName,
    exit: 1,
    code: 'certificate/authority-down',
    says: /./,
    hint: /run the command again/,
  },
]
