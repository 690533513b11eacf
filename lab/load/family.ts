import { readFile } from 'node:fs/promises'

/** A process and all that it started. */
export async function family(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const all = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(family))
  return [pid, ...all.flat()]
}

/** Ticks are hundredths of a second wherever Linux runs Node (proc(5), `sysconf(_SC_CLK_TCK)`). */
const ticksPerSecond = 100

/** Seconds of processor time that they used until now. */
export async function processorSeconds(pid: number): Promise<number> {
  let ticks = 0
  for (const each of await family(pid)) {
    const stat = await readFile(`/proc/${each}/stat`, 'utf8').catch(() => '')
    // The name in brackets may have spaces in it; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }
  return ticks / ticksPerSecond
}
