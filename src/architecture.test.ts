import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { suite, test } from 'node:test'

// The arrows of the layout: who may know of whom. A part is a folder of src; each safeguard and each
// adapter is a part of its own. Whatever two parts share moves to core, or compose hands it over as a port.

const arrows: Readonly<
  Record<string, { readonly may: readonly string[]; readonly because: string }>
> = {
  core: { may: [], because: 'core is the words everybody shares, and imports nothing of ours' },
  config: { may: ['core'], because: 'settings are read before anything else exists' },
  safeguards: {
    may: ['core'],
    because:
      'a safeguard declares the port it needs in its types.ts and never knows adapters, settings or other safeguards',
  },
  adapters: {
    may: ['core', 'adapters/http'],
    because:
      'an adapter knows one outside party, never what is done with it, nor another adapter; what they speak alike is in adapters/http',
  },
  gateway: { may: ['core'], because: 'the data path knows nothing of plans' },
  verification: {
    may: ['core'],
    because: 'a check reads through ports and never changes anything',
  },
  compose: {
    may: ['core', 'config', 'safeguards', 'adapters', 'gateway', 'verification'],
    because: 'compose wires adapters into safeguards, and is used by those above it',
  },
  keeper: {
    may: ['core', 'config', 'adapters', 'gateway', 'compose', 'verification'],
    because: 'the keeper only decides when to look; safeguards reach it through compose',
  },
  server: {
    may: ['core', 'config', 'adapters', 'gateway', 'compose', 'verification', 'keeper'],
    because: 'the server shows what others found, and does not know the terminal',
  },
  cli: {
    may: ['core', 'config', 'adapters', 'gateway', 'compose', 'verification', 'keeper', 'server'],
    because: 'the terminal is the outermost layer but for main',
  },
}

const root = join(import.meta.dirname)
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'))
  .toSorted()
const shipped = files.filter((file) => !file.endsWith('.test.ts'))

suite('architecture', () => {
  for (const [area, { may, because }] of Object.entries(arrows)) {
    test(`src/${area} imports ${may.length ? may.join(', ') : 'nothing'} of ours`, () => {
      const wrong = shipped
        .filter((file) => areaOf(file) === area)
        .flatMap((file) =>
          ours(file)
            .filter(
              (target) =>
                partOf(target) !== partOf(file) &&
                !may.includes(areaOf(target)) &&
                !may.includes(partOf(target)),
            )
            .map((target) => `${file} imports ${target}`),
        )
      hold(wrong, because)
    })
  }

  test('every folder of src has its arrows', () => {
    const areas = new Set(shipped.filter((file) => file.includes('/')).map(areaOf))
    hold(
      [...areas].filter((area) => !(area in arrows)).map((area) => `src/${area} has none`),
      'a new folder says in this test whom it may know',
    )
  })

  test('nothing that is shipped imports the lab, and nothing leaves src', () => {
    hold(
      shipped.flatMap((file) =>
        ours(file)
          .filter((target) => target.startsWith('../'))
          .map((target) => `${file} imports ${target}`),
      ),
      'what pretends to be the world is never shipped',
    )
  })

  test('what decides is pure: no files, sockets or processes', () => {
    const decides = (file: string): boolean =>
      areaOf(file) === 'core' || /^safeguards\/[^/]+\/(types|desire|plan|check)\.ts$/u.test(file)
    hold(
      shipped.filter(decides).flatMap((file) =>
        imports(file)
          .filter(
            (name) =>
              /^node:(?!crypto$|util$|url$|path$|timers\/promises$)/u.test(name) ||
              /^\.\/(observe|apply|undo)\.ts$/u.test(name),
          )
          .map((name) => `${file} imports ${name}`),
      ),
      'core, and what a safeguard desires, plans and checks, is decided from its arguments alone',
    )
  })

  test('the environment, the arguments and chance are read in one place', () => {
    hold(
      shipped
        .filter((file) => file !== 'main.ts')
        .flatMap((file) => uses(file, /\bprocess\.(?:env|argv)\b|\bMath\.random\b/u)),
      'main reads process.env and process.argv and hands them on; chance that matters comes from node:crypto',
    )
    hold(
      shipped
        .filter((file) => /^(?:core|config|safeguards|verification)\//u.test(file))
        .flatMap((file) => uses(file, /\bDate\.now\(|\bnew Date\(\)/u)),
      'the time is an argument: now: () => Date',
    )
  })

  test('there is one HTTP client, and it is bounded', () => {
    hold(
      shipped
        .filter((file) => file !== 'server/page/script.ts')
        .flatMap((file) => uses(file, /\bfetch\(/u)),
      'adapters/http bounds how long and how much; fetch brings memory of its own',
    )
    // What becomes a WebSocket, and what is followed line by line, is no answer with an end.
    const others = new Set(['adapters/probe/edge.ts', 'adapters/keeper/follow.ts'])
    hold(
      shipped
        .filter((file) => !file.startsWith('adapters/http/') && !others.has(file))
        .flatMap((file) => uses(file, /^import .*\b(?:request|get)\b.* from 'node:https?'/u)),
      'what asks somebody over HTTP asks by adapters/http',
    )
  })

  test('no file imports itself by a circle (types alone may)', () => {
    hold(
      circles(),
      'a circle is one thing in two files, or two things that know too much of each other',
    )
  })
})

function hold(wrong: readonly string[], because: string): void {
  assert.ok(wrong.length === 0, `${because}\n  ${wrong.join('\n  ')}`)
}

const areaOf = (file: string): string => file.split('/')[0] ?? ''

function partOf(file: string): string {
  const [area, part] = file.split('/')
  return area === 'safeguards' || area === 'adapters' ? `${area}/${part}` : (area ?? '')
}

/** What a file imports, as it is written there: types included, unless `values` alone are asked for. */
function imports(file: string, values = false): string[] {
  const text = readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gmu, '')
  const counted = values ? text.replaceAll(/^(?:import|export) type [^']*'[^']+'/gmu, '') : text
  return [...counted.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/gu)].map(
    ([, name]) => name ?? '',
  )
}

/** The files of ours among them, relative to src. */
const ours = (file: string, values = false): string[] =>
  imports(file, values)
    .filter((name) => name.startsWith('.') || name.startsWith('@gatehouse/'))
    .map((name) =>
      name.startsWith('.')
        ? relative(root, join(root, dirname(file), name))
            .split(sep)
            .join('/')
        : `../${name}`,
    )

function uses(file: string, what: RegExp): string[] {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      what.test(line) && !/^\s*(?:\/\/|\*|\/\*)/u.test(line)
        ? [`${file}:${index + 1} ${line.trim()}`]
        : [],
    )
}

function circles(): string[] {
  const found: string[] = []
  const done = new Set<string>()
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' → '))
    if (done.has(file) || way.includes(file)) return
    for (const target of ours(file, true))
      if (shipped.includes(target)) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of shipped) visit(file, [])
  return found
}
