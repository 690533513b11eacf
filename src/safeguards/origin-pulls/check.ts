import { finding, unseen, type Finding } from '../../core/finding.ts'
import { isLate } from './plan.ts'
import type { Desired, Observed } from './types.ts'

export function check(
  desired: Desired,
  { leaf, certificates, associations, mode, now }: Observed,
): readonly Finding[] {
  if (desired.mode === 'off')
    return [
      finding(
        'pulls/off',
        'origin pulls are off by configuration: every Cloudflare customer can reach the origin',
        'remove `origin_pulls: off`',
      ),
    ]
  if (desired.tls === 'home-assistant')
    return [
      finding(
        'pulls/off',
        'Home Assistant ends TLS itself and cannot ask the edge for a certificate without asking everybody at home: every Cloudflare customer can reach it',
        'use `tls: gateway`; with `tls: home-assistant` this stays so, and `gatehouse apply` does not change it',
      ),
    ]
  const uploaded =
    certificates.is === 'known' && leaf.is === 'known'
      ? certificates.value.find(({ fingerprint }) => fingerprint === leaf.value.fingerprint)
      : undefined
  const hosts =
    associations.is === 'known' && certificates.is !== 'unknown' && leaf.is !== 'unknown'
      ? desired.names.filter(
          (name) =>
            associations.value[name]?.certificateId !== uploaded?.id ||
            associations.value[name]?.enabled !== true,
        )
      : []
  const blind = [certificates, leaf, associations].find(({ is }) => is === 'unknown')
  return [
    ...(blind?.is === 'unknown'
      ? [
          unseen(
            'pulls/off',
            `what the edge presents could not be read (${blind.because})`,
            'see `gatehouse token check`',
          ),
        ]
      : []),
    ...hosts.map((host) =>
      finding(
        'pulls/off',
        `the edge does not present our client certificate for ${host}`,
        'run `gatehouse apply`',
      ),
    ),
    ...(leaf.is === 'known' && isLate(leaf.value, now)
      ? [
          finding(
            'pulls/expires-soon',
            `the client certificate of the edge ends ${leaf.value.notAfter.toISOString().slice(0, 10)} and should have been replaced`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
    ...(mode.is === 'known' && mode.value !== 'required'
      ? [
          finding(
            'pulls/not-enforced',
            `the gateway serves connections without our client certificate (the mode is ${mode.value})`,
            'run `gatehouse apply`',
          ),
        ]
      : []),
  ]
}
