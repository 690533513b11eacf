import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'rolldown'
import { z } from 'zod'

// npm run build: the program as it is shipped, in `dist`.
//
// One file for each command instead of hundreds of modules: a command starts in half the time, and the keeper holds 8 MiB
// less. Names and lines stay as they are, so that a trace can be read. What only some homes load (mail, MQTT) stays
// apart, and is what npm installs.

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
})

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'dist')
const { dependencies } = await manifestIn(root)

await rm(dist, { recursive: true, force: true })
const { output } = await build({
  cwd: root,
  input: 'src/main.ts',
  platform: 'node',
  external: Object.keys(dependencies),
  tsconfig: false,
  plugins: [httpAlone(), ascii()],
  output: {
    dir: 'dist',
    comments: false,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
})

/**
 * To `import` Node's http is to have Node read all that it exports, WebSocket among it, for which it loads the whole of
 * `fetch`: 75 ms of every command, and 5 MiB of every keeper (Node 24.21). So it is taken without what is only made when it
 * is read.
 */
function httpAlone(): Plugin {
  const ours = '\0alone:'
  return {
    name: 'http-alone',
    resolveId: (id, _importer, { kind }) =>
      kind === 'import-statement' && /^(?:node:)?https?$/u.test(id)
        ? `${ours}node:${id.replace('node:', '')}`
        : undefined,
    load(id) {
      if (!id.startsWith(ours)) return undefined
      const name = id.slice(ours.length)
      const module = process.getBuiltinModule(name)
      const plain = Object.entries(Object.getOwnPropertyDescriptors(module)).flatMap(
        ([key, described]) => ('value' in described ? [key] : []),
      )
      return [
        `const all = process.getBuiltinModule('${name}')`,
        ...plain.map((key) => `export const ${key} = all.${key}`),
        'export default all',
      ].join('\n')
    },
  }
}

/**
 * V8 keeps the source of what it runs, and one letter outside of Latin-1 makes two bytes of every letter of its file: 1.3 MiB of every
 * keeper. Such letters stand in strings, templates and regular expressions, where an escape means the same.
 */
function ascii(): Plugin {
  return {
    name: 'ascii',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === 'chunk')
          file.code = file.code.replaceAll(
            /[^\0-\x7F]/g,
            (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
          )
    },
  }
}

/** The folder of each package that something of is in there. */
const packages = new Set(
  output
    .flatMap((file) => ('moduleIds' in file ? file.moduleIds : []))
    .flatMap((id) => {
      const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(id.replace(/^\0/u, ''))
      return found ? [found[0]] : []
    }),
)
const notices = await Promise.all([...packages].toSorted().map(noticeOf))
await writeFile(
  join(dist, 'LICENSES.txt'),
  `Gatehouse contains the following packages, each under its own licence.\n\n${notices.join('\n')}`,
)

async function noticeOf(folder: string): Promise<string> {
  const { name, version, license } = await manifestIn(folder)
  const file = (await readdir(folder)).find((each) => /^licen[sc]e/iu.test(each))
  if (file === undefined) throw new Error(`${name} has no file with its licence`)
  const text = await readFile(join(folder, file), 'utf8')
  return `${'─'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`
}

async function manifestIn(folder: string): Promise<z.output<typeof manifest>> {
  return manifest.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
}
