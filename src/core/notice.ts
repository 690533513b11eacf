import { linkTitles, type Link } from './chain.ts'
import type { Severity } from './codes.ts'

/** One thing that a person is told. JSON; never a secret. */
export type Notice = {
  readonly is: 'opened' | 'mended' | 'test'
  /** The main name of the home. */
  readonly home: string
  /** A finding's code: what is opened and mended under the same code is the same thing. */
  readonly code: string
  readonly severity: Severity
  readonly link: Link
  /** One lower-case sentence. */
  readonly says: string
  /** The next thing to do. */
  readonly hint: string | null
  /** ISO 8601: when it opened, or was mended. */
  readonly at: string
}

/** A way to reach a person. */
export type Notifier = {
  /** As the settings call it: `e-mail`. */
  readonly name: string
  /**
   * Done when the other side has taken it. Telling the same again must do no harm, since a kill may come
   * in between. Throws Problem `notify/…`.
   */
  notify(notice: Notice, signal: AbortSignal): Promise<void>
}

/** The same words on every way: a title of one line, and what a person needs to act. */
export function wordsOf(notice: Notice): { readonly title: string; readonly text: string } {
  const where = linkTitles[notice.link]
  const title = {
    opened: { broken: `broken at ${where}`, weak: `weak at ${where}`, notice: `news of ${where}` }[
      notice.severity
    ],
    mended: `mended at ${where}`,
    test: 'a test',
  }[notice.is]
  const lines = [
    notice.is === 'mended' ? `Gone: ${notice.says}.` : `${capital(notice.says)}.`,
    ...(notice.hint === null || notice.is === 'mended' ? [] : [`What to do: ${notice.hint}.`]),
    `(${notice.code}, ${notice.at})`,
  ]
  return { title: `${notice.home}: ${title}`, text: lines.join('\n') }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
