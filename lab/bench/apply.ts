import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

import { startWorld } from '../world/world.ts'
import type { Benchmark } from './benchmark.ts'
import { summarize } from './measure.ts'
import { program } from '../world/program.ts'

/** No peer does this, so there is nothing to divide by: the figures stand alone. */
export const benchmark: Benchmark = {
  says: '`gatehouse apply --yes` from nothing to settled in the sandbox',
  cases: {
    wall: { unit: 'ms', better: 'lower' },
    apiCalls: { unit: 'calls', better: 'lower' },
    peakRss: { unit: 'MiB', better: 'lower' },
    secondPlan: { unit: 'ms', better: 'lower' },
    secondPlanCalls: { unit: 'calls', better: 'lower' },
  },
  async run(how) {
    const { quick, signal } = how
    const samples = {
      wall: [] as number[],
      apiCalls: [] as number[],
      peakRss: [] as number[],
      secondPlan: [] as number[],
      secondPlanCalls: [] as number[],
    }
    for (let round = 0; round < (quick ? 1 : 7); round++) {
      signal.throwIfAborted()
      how.progress(`round ${round + 1}`)
      const world = await startWorld({ withVantage: false })
      try {
        const calls = () => world.cloudflare.api.log.length
        const before = calls()
        const applied = await measured(['apply', '--yes'], world.folder, world.environment)
        samples.wall.push(applied.ms)
        samples.peakRss.push(applied.peakMiB)
        samples.apiCalls.push(calls() - before)
        const between = calls()
        samples.secondPlan.push((await measured(['plan'], world.folder, world.environment)).ms)
        samples.secondPlanCalls.push(calls() - between)
      } finally {
        await world.close()
      }
    }
    return {
      ours: Object.fromEntries(
        Object.entries(samples).map(([name, values]) => [name, summarize(values)]),
      ),
      peers: {},
      ratios: {},
      notes: [
        'Home Assistant restarts in 30 ms here and certificates reach the edge in 50 ms: what is measured is ours',
        'no peer does the whole of it',
      ],
    }
  },
}

/** Wall time of the whole process, and the highest resident set that the kernel saw of it (VmHWM). */
function measured(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ ms: number; peakMiB: number }> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(process.execPath, [program, ...argv], { cwd, env, stdio: 'ignore' })
    let peak = 0
    const watching = setInterval(() => {
      peak = Math.max(peak, peakOf(child.pid))
    }, 20)
    child.on('exit', (code) => {
      clearInterval(watching)
      if (code !== 0) reject(new Error(`gatehouse ${argv.join(' ')} ended with ${code}`))
      else resolve({ ms: performance.now() - started, peakMiB: peak / 1024 })
    })
  })
}

/** In KiB; 0 once the process is gone. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
