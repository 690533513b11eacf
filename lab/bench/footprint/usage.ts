import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel knows of one process. */
export type Usage = {
  /** Proportional set size: pages shared with others are counted by their share. MiB. */
  readonly pssMiB: number
  /** Of the process and of its children that have ended. Seconds. */
  readonly cpuSeconds: number
  /** What it caused to be written to the storage layer. Bytes. */
  readonly bytesWritten: number
}

/** USER_HZ, which /proc/PID/stat counts in: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

export function usageOf(pid: number): Usage {
  const read = (file: string): string => readFileSync(`/proc/${pid}/${file}`, 'utf8')
  const pss = Number(/^Pss:\s+(\d+)/mu.exec(read('smaps_rollup'))?.[1] ?? 0) / 1024
  // The name in parentheses may contain spaces; utime, stime, cutime and cstime are fields 14 to 17.
  const fields = read('stat').split(') ').at(-1)?.split(' ') ?? []
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  const written = Number(/^write_bytes: (\d+)/mu.exec(read('io'))?.[1] ?? 0)
  return { pssMiB: pss, cpuSeconds: ticks / ticksPerSecond, bytesWritten: written }
}

/** Every file below, with its size and the moment it was last written; the same text means that nothing was. */
export const filesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((file) => {
      const { size, mtimeMs, isFile } = describe(join(folder, file))
      return isFile ? `${file} ${size} ${mtimeMs}` : file
    })
    .join('\n')

function describe(path: string): { size: number; mtimeMs: number; isFile: boolean } {
  const found = statSync(path)
  return { size: found.size, mtimeMs: found.mtimeMs, isFile: found.isFile() }
}
