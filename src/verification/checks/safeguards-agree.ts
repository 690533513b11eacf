import { declared, type FindingCode } from '../../core/codes.ts'
import { broken, held, notKnown, type Proof } from '../../core/proof.ts'
import { claims } from '../claims.ts'
import { evidence, type Check } from '../types.ts'

/** What the safeguards themselves see at Cloudflare, on the disk and in Home Assistant. */
export const safeguardsAgree: Check = {
  name: 'the safeguards are as wished',
  codes: Object.values(claims).flatMap((list) => list.map(([code]) => code)),
  async run(subject, signal) {
    const looked = await subject.findings(signal)
    return looked.flatMap(({ name, findings }): Proof[] => {
      const promised = claims[name] ?? []
      const trail = (answered: string) => [
        evidence(subject.now(), 'here', `a look at ${name}`, answered),
      ]
      if (findings.is !== 'known')
        return promised.map(([code, claim]) =>
          notKnown(
            code,
            `not known whether ${claim} (${findings.is === 'unknown' ? findings.because : 'nobody looked'})`,
            { hint: 'see `gatehouse plan`' },
          ),
        )
      const proven = new Set(promised.map(([code]) => code))
      const faults = findings.value.filter(({ code }) => proven.has(code) || isFault(code))
      const found = new Set(faults.map(({ code }) => code))
      return [
        ...faults.map(({ code, says, hint, unseen }) => {
          const more = { evidence: trail(says), ...(hint === undefined ? {} : { hint }) }
          return unseen ? notKnown(code, says, more) : broken(code, says, more)
        }),
        ...promised
          .filter(([code]) => !found.has(code))
          .map(([code, claim]) => held(code, claim, trail('as wished'))),
      ]
    })
  },
}

/** A promise that does not hold is never mere advice, whoever saw it. */
export const isFault = (code: FindingCode): boolean => declared(code).severity === 'broken'
