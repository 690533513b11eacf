import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, resolve } from 'node:path'

// node lab/run-tests.ts unit|lab|real [WORD…]
// Runs the files of one tier, only those whose path contains one of the words if there are any,
// and says which it left out and why. A test that cannot run here is skipped in sight, never silently.

type Tier = {
  readonly says: string
  readonly mine: (file: string) => boolean
  /** Why the tier cannot run on this machine, if it cannot. */
  readonly unable: () => string | undefined
  /** Files at once: namespaces and benchmarks of another file would disturb the slower tiers. */
  readonly atOnce: number
  /** A file that takes longer hangs. Milliseconds. */
  readonly deadline: number
}

const isTest = (file: string): boolean => file.endsWith('.test.ts')
const isLab = (file: string): boolean => file.endsWith('.lab.test.ts')
const isReal = (file: string): boolean => file.endsWith('.real.test.ts')

const tiers: Readonly<Record<string, Tier>> = {
  unit: {
    says: 'needs nothing but npm',
    mine: (file) => isTest(file) && !isLab(file) && !isReal(file),
    unable: () => undefined,
    atOnce: availableParallelism(),
    deadline: 120_000,
  },
  lab: {
    says: 'needs root, network namespaces and packages of Debian (npm run test:lab)',
    mine: isLab,
    unable: whyNoRoot,
    atOnce: 1,
    deadline: 600_000,
  },
  real: {
    says: 'needs root and the real Home Assistant and peers (npm run test:real)',
    mine: isReal,
    unable: whyNoRoot,
    // Home Assistant keeps one processor busy, and waits half the time.
    atOnce: 2,
    deadline: 1_200_000,
  },
}

function whyNoRoot(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux, and this is ${process.platform}`
  if (process.getuid?.() !== 0) return 'it makes network namespaces, which takes root'
  const name = `gatehouse-${process.pid}`
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (made.error) return 'there is no `ip` command (package iproute2)'
  if (made.status !== 0) return `ip netns add: ${made.stderr.trim()}`
  spawnSync('ip', ['netns', 'delete', name])
  return undefined
}

async function main(): Promise<number> {
  const [name = '', ...words] = process.argv.slice(2)
  const tier = tiers[name]
  if (!tier) {
    console.error(`usage: node lab/run-tests.ts ${Object.keys(tiers).join('|')} [WORD…]`)
    return 64
  }
  const root = resolve(import.meta.dirname, '..')
  const all = testFiles(root)
  const mine = all
    .filter(tier.mine)
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))

  const unable = tier.unable()
  const status = unable === undefined && mine.length > 0 ? await run(root, mine, tier) : 0

  if (mine.length === 0) {
    console.log(words.length === 0 ? `the ${name} tier has no tests yet` : 'no test file matches')
    if (words.length > 0) return 1
  }

  if (unable !== undefined && mine.length > 0) {
    console.log(`\nthe ${name} tier did not run: ${unable}. Skipped:`)
    for (const file of mine) console.log(`  ${file}`)
    console.log(`\n0 passed, 0 failed, ${mine.length} skipped`)
  }
  for (const [other, { says, mine: its }] of Object.entries(tiers)) {
    const count = all.filter(its).length
    if (other !== name && count > 0)
      console.log(`not run here: ${count} files of the ${other} tier, which ${says}`)
  }
  return status
}

function testFiles(root: string): string[] {
  return ['src', 'lab', 'web', 'hub', 'app']
    .flatMap((folder) => list(join(root, folder)))
    .map((file) => relative(root, file))
    .toSorted()
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => isTest(file) && !file.includes('node_modules'))
      .map((file) => join(folder, file))
  } catch {
    return []
  }
}

/** The runner's own closing lines are the summary; its exit code is ours. */
async function run(root: string, files: readonly string[], tier: Tier): Promise<number> {
  // Built once, before files that run at the same time would each find it missing.
  await import('./world/program.ts')
  const runner = spawn(
    process.execPath,
    [
      '--import',
      join(import.meta.dirname, 'end-of-file.ts'),
      '--test',
      `--test-concurrency=${tier.atOnce}`,
      `--test-timeout=${tier.deadline}`,
      // The terminal's reporter for people, and whatever is piped reads the same.
      '--test-reporter=spec',
      ...files,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      // Each file is a process, and most of them load the same: what one has compiled the others need not.
      env: { NODE_COMPILE_CACHE: join(root, '.cache', 'compiled'), ...process.env },
    },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => runner.kill(signal))
  return await new Promise((done, fail) => {
    runner.once('error', fail)
    runner.once('exit', (code) => done(code ?? 1))
  })
}

process.exitCode = await main()
