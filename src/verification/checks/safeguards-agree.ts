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
      const at = subject.now()
      return (claims[name] ?? []).map(([code, claim]) => {
        if (findings.is !== 'known')
          return notKnown(
            code,
            `not known whether ${claim} (${findings.is === 'unknown' ? findings.because : 'nobody looked'})`,
            { hint: 'see `gatehouse plan`' },
          )
        const found = findings.value.find((finding) => finding.code === code)
        const trail = [evidence(at, 'here', `a look at ${name}`, found ? found.says : 'as wished')]
        return found
          ? broken(code, found.says, {
              evidence: trail,
              ...(found.hint === undefined ? {} : { hint: found.hint }),
            })
          : held(code, claim, trail)
      })
    })
  },
}
