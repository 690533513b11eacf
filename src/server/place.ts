import type { Context } from 'hono'

/** Where the browser thinks it is: what links, forms and redirects are made of. */
export type Place = {
  /** `https://ha.example.com`, as the browser sees it. */
  readonly origin: string
  /** Before every path of ours, without a trailing slash; empty outside of ingress. */
  readonly base: string
}

/** Only what the Supervisor can have written: its own headers are trusted on a listener that nobody else reaches. */
export function placeOf(context: Context, behindIngress: boolean): Place {
  const header = (name: string) => context.req.header(name)
  const host = header('host') ?? 'localhost'
  if (!behindIngress) return { origin: `http://${host}`, base: '' }
  const base = header('x-ingress-path') ?? ''
  const scheme = last(header('x-forwarded-proto')) === 'https' ? 'https' : 'http'
  return {
    origin: `${scheme}://${last(header('x-forwarded-host')) ?? host}`,
    base: /^(?:\/[\w.~-]+)+$/.test(base) ? base : '',
  }
}

/** The proxy nearest to us wrote the last element. */
const last = (value: string | undefined): string | undefined => value?.split(',').at(-1)?.trim()
