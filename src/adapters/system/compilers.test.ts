import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

/** What V8 says that it optimises of two functions, one before and one after the compilers are released. */
function optimized(): string {
  const module = fileURLToPath(new URL('compilers.ts', import.meta.url))
  const script = `
    import { holdCompilers, releaseCompilers } from ${JSON.stringify(module)}
    holdCompilers()
    const often = (work) => { for (let i = 0, x = 0; i < 3e6; i++) x = work(x) }
    often(function whileHeld(x) { return (x * 31 + 7) & 0xffff })
    releaseCompilers()
    for (let i = 0; i < 20; i++) {
      often(function onceReleased(x) { return (x * 37 + 5) & 0xffff })
      await new Promise((done) => setTimeout(done, 5))
    }`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--trace-opt', '--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: 60_000 },
  )
  assert.equal(status, 0, stderr)
  return stdout
}

test('held, V8 compiles nothing; released, it does', () => {
  const said = optimized()
  assert.doesNotMatch(said, /completed optimizing.*whileHeld/u)
  assert.match(said, /completed optimizing.*(?:onceReleased|often)/u)
})
