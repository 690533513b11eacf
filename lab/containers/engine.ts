import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { cache } from '../toolbox/cache.ts'
import { run, type Ran } from '../toolbox/run.ts'
import { tool, type NoTool } from '../toolbox/tool.ts'
import { base, makeBase } from './base.ts'

/** What podman has of running containers: gone with the machine, and in a path as short as it demands (50 letters). */
const running = `/run/gatehouse-lab-${createHash('sha256').update(cache).digest('hex').slice(0, 8)}`

/** Podman, with all that it has in the cache: neither images nor containers of whoever runs the lab are its. */
export type Engine = {
  command(words: readonly string[]): string[]
  exec(words: readonly string[], seconds?: number): Promise<Ran>
  /** The same, and throws with what it said unless it ended well. */
  must(words: readonly string[], seconds?: number): Promise<string>
}

/** The engine, or why this machine can run no container. Takes away containers that a killed lab left. */
export async function containerEngine(): Promise<Engine | NoTool> {
  if (process.getuid?.() !== 0) return { missing: 'containers in namespaces of the lab take root' }
  const podman = await tool('podman')
  if ('missing' in podman) return podman
  const command: Engine['command'] = (words) => [
    // It gives containers what it has itself, and may not be allowed to raise it.
    'prlimit',
    '--nofile=4096:4096',
    '--nproc=4096:4096',
    'env',
    `CONTAINERS_CONF=${join(import.meta.dirname, 'containers.conf')}`,
    ...podman.command,
    '--root',
    join(cache, 'containers'),
    '--runroot',
    running,
    '--tmpdir',
    join(running, 'libpod'),
    // Without a mount of its own, so that the cache can be deleted at any time.
    '--storage-driver',
    'overlay',
    '--storage-opt',
    'overlay.skip_mount_home=true',
    ...words,
  ]
  const exec: Engine['exec'] = (words, seconds = 60) => run(command(words), { seconds })
  const { code, out, text } = await exec(['ps', '--all', '--format', '{{.Names}}'])
  if (code !== 0) return { missing: `podman: ${text.slice(-300)}` }
  const processes = new Set(await readdir('/proc'))
  for (const name of out.trim().split('\n')) {
    const [, pid] = /^gatehouse-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !processes.has(pid)) await exec(['rm', '--force', '--time=0', name])
  }
  const engine: Engine = {
    command,
    exec,
    async must(words, seconds) {
      const { code, out, text } = await exec(words, seconds)
      if (code !== 0) throw new Error(`podman ${words.join(' ')}: ${text.slice(-3000)}`)
      return out
    },
  }
  try {
    await makeBase(engine)
    await engine.must(['run', '--rm', '--network=none', base, 'true'])
    return engine
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

let containers = 0

/** A name of its own for each container, by which it is found again when its lab is gone. */
export const containerName = (): string => `gatehouse-${process.pid}-${++containers}`
