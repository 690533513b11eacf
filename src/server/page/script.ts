/**
 * Puts news into the page while somebody looks at it. Without it the page is the same, and as old as it was loaded. What
 * is open stays open; nothing is touched while a person is about to press something in it.
 */
export const script = `'use strict'
const main = document.querySelector('main[data-refresh]')
const everyMs = 5000
let last = ''
async function refresh() {
  if (document.visibilityState !== 'visible') return
  const response = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!response.ok) return
  const text = await response.text()
  if (text === last || main.contains(document.activeElement)) return
  last = text
  const news = new DOMParser().parseFromString(text, 'text/html').querySelector('main')
  if (!news) return
  const open = new Map([...main.querySelectorAll('details[id]')].map((each) => [each.id, each.open]))
  for (const each of news.querySelectorAll('details[id]')) if (open.has(each.id)) each.open = open.get(each.id)
  main.replaceChildren(...news.childNodes)
}
if (main) setInterval(() => refresh().catch(() => undefined), everyMs)
function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1))
  if (target instanceof HTMLDetailsElement) target.open = true
}
addEventListener('hashchange', openTarget)
openTarget()
`

/** A gate in a wall, in the colours of the page. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128"><rect width="128" height="128" rx="28" fill="#0b57a4"/><path fill="#fff" d="M22 28h17v12h13V28h24v12h13V28h17v76H82V80a18 18 0 0 0-36 0v24H22z"/><path fill="#8fd6ae" d="M54 80a10 10 0 0 1 20 0v24H54z"/><circle cx="69" cy="92" r="2.6" fill="#0b57a4"/></svg>`
