import { STATUS_CODES } from 'node:http'

import type { Health } from './upstream/upstream.ts'

export type Page = {
  readonly status: number
  readonly title: string
  readonly text: string
  /** Seconds after which it is worth asking again. */
  readonly retryAfter?: number
}

/** A whole response with a short page of the gateway's own. It says nothing that a stranger could use. */
export function pageResponse(
  { status, title, text, retryAfter }: Page,
  how: { readonly html: boolean; readonly body: boolean; readonly close: boolean },
): Buffer {
  const body = how.html
    ? `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}</style><h1>${title}</h1><p>${text}</p></html>`
    : `${title}. ${text}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: text/${how.html ? 'html' : 'plain'}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ...(how.close ? ['Connection: close'] : []),
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${how.body ? body : ''}`)
}

/** Does who sent this head look at pages? Others get a line of text. */
export const wantsHtml = (head: string): boolean => /\r\naccept:[^\r]*text\/html/i.test(head)

export const wrongHost: Page = {
  status: 421,
  title: 'Not here',
  text: 'This name is not served here.',
}

export const noVisitor: Page = {
  status: 400,
  title: 'Not here',
  text: 'The request does not say whom it is from.',
}

export const malformed = (status: number): Page => ({
  status,
  title: 'Not understood',
  text: 'The request has no one meaning in HTTP/1.1.',
})

export const tooSlow: Page = {
  status: 408,
  title: 'Too slow',
  text: 'The request did not come in time.',
}

export const tooManySignIns = (retryAfter: number): Page => ({
  status: 429,
  title: 'Too many attempts to sign in',
  text: 'Please wait before the next one.',
  retryAfter,
})

export const badAnswer: Page = {
  status: 502,
  title: 'The service behind this name answered nonsense',
  text: 'Its answer could not be passed on safely.',
}

const says: Readonly<Record<Extract<Health, { is: 'down' }>['because'], string>> = {
  refused: 'It is not running, or it is just starting.',
  timeout: 'Its machine does not react; it may be switched off.',
  unreachable: 'Its machine cannot be reached on the network at home; it may be switched off.',
  'no-such-host': 'Its machine is not known at home under the name that Gatehouse was given.',
  tls: 'It does not offer the encryption that Gatehouse expects of it.',
  broken: 'It broke the connection off.',
}

/** `explained`: what Gatehouse itself knows about the cause, a sentence. */
export function down(service: string, health: Health, explained: string | undefined): Page {
  const because = health.is === 'down' ? says[health.because] : says.broken
  const since =
    health.is === 'down'
      ? ` This has been so since ${health.since.toISOString().slice(11, 16)} UTC.`
      : ''
  return {
    status: 502,
    title: `${service} does not answer`,
    text: `${explained ?? because}${since} This page can be loaded again in a moment.`,
    retryAfter: 10,
  }
}

export const noAnswerInTime = (service: string): Page => ({
  status: 504,
  title: `${service} does not answer in time`,
  text: 'It took the request, and has not answered it.',
  retryAfter: 30,
})
