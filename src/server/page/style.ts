/** One sheet for every page. No fonts, images or colours from elsewhere; light and dark as the system is. */
export const style = `
:root {
  --ground: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #17212b; --quiet: #5a6875;
  --held: #14713d; --held-soft: #e3f4ea; --broken: #b3261e; --broken-soft: #fdeae8;
  --unknown: #8a5a00; --unknown-soft: #fdf2dc; --accent: #0b57a4; --on-accent: #fff;
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  color: var(--text); background: var(--ground);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151a; --card: #1a2127; --line: #313b44; --text: #e8edf2; --quiet: #a3b0bc;
    --held: #6fd69b; --held-soft: #15301f; --broken: #ff9c93; --broken-soft: #3d1b19;
    --unknown: #f0c063; --unknown-soft: #362a10; --accent: #8fc1f5; --on-accent: #0c1c2c;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 0 1rem 2rem; overflow-wrap: anywhere }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: center; padding: .9rem 0 }
header .name { display: inline-flex; gap: .55rem; align-items: center; font-weight: 650; color: inherit; text-decoration: none }
nav { display: flex; flex-wrap: wrap; gap: .25rem }
nav a { padding: .3rem .7rem; border-radius: .5rem; color: var(--quiet); text-decoration: none }
nav a:hover, nav a[aria-current] { color: var(--text); background: var(--card) }
h1 { font-size: clamp(1.25rem, 4.5vw, 1.7rem); line-height: 1.25; margin: 0 }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .6rem }
h3 { font-size: 1rem; margin: 0; display: inline }
p { margin: .35rem 0 }
ul { margin: .35rem 0; padding-left: 1.2rem }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
code { font: .82em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; color: var(--quiet) }
.quiet { color: var(--quiet); font-size: .9rem }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 1 }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: .9rem 1rem; margin: 0 0 .7rem }
.mark { display: inline-flex; width: 1.5em; height: 1.5em; margin-right: .5em; border-radius: 50%; align-items: center;
  justify-content: center; font-size: .85em; font-weight: 700; flex: none; vertical-align: baseline }
.mark.held { color: var(--held); background: var(--held-soft) }
.mark.broken { color: var(--broken); background: var(--broken-soft) }
.mark.unknown { color: var(--unknown); background: var(--unknown-soft) }
.verdict { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; justify-content: space-between; background: var(--card);
  border: 1px solid var(--line); border-left: .4rem solid var(--unknown); border-radius: .75rem; padding: 1.1rem 1.2rem }
.verdict.held { border-left-color: var(--held) }
.verdict.broken { border-left-color: var(--broken) }
.verdict > div { flex: 1 1 18rem }
.verdict .host { font-weight: 600; color: var(--quiet); margin-top: 0 }
.actions { display: flex; flex-wrap: wrap; gap: .6rem }
button, .button { font: inherit; font-weight: 600; padding: .55rem 1.1rem; border-radius: .55rem; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent); cursor: pointer; text-decoration: none; display: inline-block }
button.second { background: transparent; color: var(--accent) }
button:disabled { opacity: .6; cursor: progress }
.chain { list-style: none; display: grid; grid-template-columns: repeat(5, auto); gap: 1.6rem; margin: 1rem 0 0; padding: 0 }
.chain li { position: relative; background: var(--card); border: 1px solid var(--line); border-top: .25rem solid var(--unknown); border-radius: .75rem }
.chain li.held { border-top-color: var(--held) }
.chain li.broken { border-top-color: var(--broken) }
.chain li + li::before { content: '→'; position: absolute; left: -1.35rem; top: 50%; transform: translateY(-55%); color: var(--quiet) }
.chain a { display: grid; grid-template-columns: auto 1fr; gap: 0 .1rem; align-items: center; padding: .75rem .8rem; color: inherit; text-decoration: none; height: 100% }
.chain a > .quiet { grid-column: 2 }
.chain strong { overflow-wrap: normal; white-space: nowrap; line-height: 1.2 }
.findings { list-style: none; padding: 0; margin: 0 }
.findings .says { font-weight: 600 }
.findings .broken { border-left: .3rem solid var(--broken) }
.findings .weak { border-left: .3rem solid var(--unknown) }
.hint { color: var(--text); padding-left: 1.1rem; position: relative }
.hint::before { content: '↳'; position: absolute; left: 0; color: var(--accent) }
span.hint { display: inline-block; font-size: .9rem }
summary { cursor: pointer }
details.card > summary { display: flex; gap: .3rem .8rem; flex-wrap: wrap; align-items: baseline; list-style: none }
details.card > summary::before { content: '▸'; color: var(--quiet) }
details.card[open] > summary::before { content: '▾' }
details.card > summary::-webkit-details-marker { display: none }
.proofs { list-style: none; padding: 0; margin: .6rem 0 0 }
.proofs > li { padding: .5rem 0; border-top: 1px solid var(--line) }
.claim { display: flex; align-items: baseline }
.proofs > li > :not(:first-child) { margin-left: 1.9rem }
.evidence { margin: .3rem 0 }
.evidence div { padding: .3rem 0 }
.evidence dt { font: .85rem ui-monospace, 'SF Mono', Menlo, Consolas, monospace }
.evidence dd { margin: 0 }
.scroll { overflow-x: auto; padding: .2rem 1rem }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .55rem .8rem .55rem 0; border-top: 1px solid var(--line); font-weight: inherit; overflow-wrap: break-word }
th[scope=row] { font-weight: 600 }
thead th { border-top: 0; color: var(--quiet); font-size: .9rem }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .6rem 1rem }
.facts dt { color: var(--quiet); font-size: .9rem }
.facts dd { margin: 0 }
.message { max-width: 36rem; margin: 2rem auto }
footer { color: var(--quiet); font-size: .85rem; margin-top: 2rem }
@media (max-width: 56rem) {
  .chain { grid-template-columns: 1fr; gap: .9rem }
  .chain li { border-top: 1px solid var(--line); border-left: .3rem solid var(--unknown) }
  .chain li.held { border-left-color: var(--held); border-top-color: var(--line) }
  .chain li.broken { border-left-color: var(--broken); border-top-color: var(--line) }
  .chain a { grid-template-columns: auto auto 1fr; padding: .55rem .8rem }
  .chain a > .quiet { grid-column: 3; justify-self: end; text-align: right }
  .chain li + li::before { content: '↓'; left: 1.25rem; top: -1.25rem; transform: none; font-size: .9rem }
}
@media (max-width: 34rem) {
  thead { position: absolute; clip-path: inset(50%) }
  tr, th, td { display: block }
  tr { border-top: 1px solid var(--line); padding: .5rem 0 }
  tbody tr:first-child { border-top: 0 }
  th, td { border: 0; padding: .1rem 0 }
  td[data-label] { padding-left: 6.5rem; position: relative; min-height: 1.5em }
  td[data-label]::before { content: attr(data-label); position: absolute; left: 0; color: var(--quiet); font-size: .9rem }
}
`
