import { Problem, reasonOf } from '../../core/problem.ts'
import { wordsOf, type Notice, type Notifier } from '../../core/notice.ts'
import type { Secret } from '../../core/secret.ts'

export type EmailOptions = {
  readonly server: { readonly host: string; readonly port: number }
  /** `tls` from the start (port 465), `starttls` demanded (587), or `none`: for a relay on this machine. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string | undefined
  readonly password: Secret | undefined
  readonly from: string
  readonly to: readonly string[]
}

const deadlineMs = 30_000

/** Hands the notice to a mail server. Done when the server has taken it for everybody. */
export const email = (options: EmailOptions): Notifier => ({
  name: 'e-mail',
  async notify(notice, signal) {
    // Only who sends a mail pays for the library.
    const { createTransport } = await import('nodemailer')
    const { server, security, user, password } = options
    const transport = createTransport({
      ...server,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      ...(user !== undefined && password ? { auth: { user, pass: password.reveal() } } : {}),
      connectionTimeout: deadlineMs,
      greetingTimeout: deadlineMs,
      socketTimeout: deadlineMs,
    })
    const stop = (): void => transport.close()
    signal.addEventListener('abort', stop)
    try {
      const { rejected } = await transport.sendMail(mailOf(notice, options))
      if (rejected.length > 0)
        throw new Problem('notify/not-taken', `${server.host} refuses a recipient`, {
          hint: 'check notify.email.to',
        })
    } catch (error) {
      signal.throwIfAborted()
      throw error instanceof Problem ? error : problemOf(error, server.host)
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
    }
  },
})

function mailOf(notice: Notice, { from, to }: EmailOptions) {
  const { title, text } = wordsOf(notice)
  // What is opened and mended under one code stands in one thread.
  const thread = `<${notice.code.replace('/', '.')}@${notice.home}>`
  return {
    from,
    to: [...to],
    subject: title,
    text: `${text}\n`,
    references: [thread],
    inReplyTo: thread,
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** In our words: the server's answer may quote what it was sent. */
function problemOf(error: unknown, host: string): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const status =
    error instanceof Error && 'responseCode' in error ? ` (${String(error.responseCode)})` : ''
  const [says, hint] = reasons[code] ?? [
    `did not take the mail${status}`,
    'it is tried again later',
  ]
  const because = status === '' && code !== 'EAUTH' ? ` (${reasonOf(error)})` : ''
  return new Problem('notify/not-taken', `${host} ${says}${because}`, { hint })
}

const reasons: Readonly<Record<string, readonly [string, string]>> = {
  EAUTH: ['refuses the user or the password', 'check notify.email.user and its password'],
  ETLS: ['does not speak TLS as it should', 'check notify.email.security'],
  ESOCKET: ['cannot be reached', 'check notify.email.server'],
  ECONNECTION: ['cannot be reached', 'check notify.email.server'],
  ETIMEDOUT: ['did not answer in time', 'check notify.email.server'],
  EDNS: ['is not to be found', 'check notify.email.server'],
  EENVELOPE: ['refuses the sender or a recipient', 'check notify.email.from and to'],
}
