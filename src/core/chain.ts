/**
 * The way of a request, in order. Everything a person sees is arranged along it, and the first
 * broken link is the one to mend.
 */
export const chain = ['visitor', 'cloudflare', 'router', 'gatehouse', 'home-assistant'] as const

export type Link = (typeof chain)[number]

export const linkTitles: Readonly<Record<Link, string>> = {
  visitor: 'visitor',
  cloudflare: 'Cloudflare',
  router: 'router',
  gatehouse: 'Gatehouse',
  'home-assistant': 'Home Assistant',
}

/** Negative when `a` comes before `b` on the way of a request. */
export const compareLinks = (a: Link, b: Link): number => chain.indexOf(a) - chain.indexOf(b)
