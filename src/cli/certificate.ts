import type { CertificateFacts } from '../core/certificate.ts'
import { askConsent } from './ask.ts'
import { exit, type Context, type ExitCode } from './context.ts'

export type CertificateOptions = { readonly yes: boolean }

/** `gatehouse certificate renew`: a new certificate with a new key, whatever the plan says. */
export const renewCommand = (context: Context, options: CertificateOptions): Promise<ExitCode> =>
  replace(context, options, 'renew', 'get a new certificate now? Five a week are to be had')

/** `gatehouse certificate revoke`: a new one, and then the one before is worth nothing any more. */
export const revokeCommand = (context: Context, options: CertificateOptions): Promise<ExitCode> =>
  replace(
    context,
    options,
    'revoke',
    'get a new certificate, revoke the one in use, and change the key of the account?',
  )

async function replace(
  context: Context,
  { yes }: CertificateOptions,
  act: 'renew' | 'revoke',
  question: string,
): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const home = context.home(await context.settings())
  try {
    if (!yes && !(await askConsent(context, question))) return exit.differs
    terminal.progress('proving the names to the certificate authority …')
    const made = await home.certificate[act](signal)
    terminal.progressEnds()
    terminal.out(json ? JSON.stringify(factsJson(made), null, 2) : say(made, act, paint.good))
    return exit.ok
  } finally {
    home.close()
  }
}

const factsJson = ({ names, notBefore, notAfter, fingerprint, issuer }: CertificateFacts) => ({
  certificate: {
    names,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    fingerprint,
    issuer,
  },
})

const say = (
  { names, notAfter }: CertificateFacts,
  act: 'renew' | 'revoke',
  good: (text: string) => string,
): string =>
  [
    `${good('✓')} a new certificate for ${names.join(', ')} is in use until ${notAfter.toISOString().slice(0, 10)}`,
    ...(act === 'revoke'
      ? [`${good('✓')} the one before is revoked, and the account at the authority has a new key`]
      : []),
  ].join('\n')
