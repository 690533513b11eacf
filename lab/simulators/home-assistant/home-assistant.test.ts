import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { contract } from './contract/contract.ts'
import type { Start } from './contract/home.ts'
import { startHomeAssistant } from './home-assistant.ts'
import { secondFactorContract } from './contract/second-factor.ts'

// The simulator, held to what the real Home Assistant does (lab/real runs the same suite).

const start =
  (world: 'store' | 'yaml'): Start =>
  async (options) => {
    const home = await startHomeAssistant({
      world,
      ...(options.onboarded === undefined ? {} : { onboarded: options.onboarded }),
      ...(options.trialSeconds === undefined ? {} : { trialMs: 1000 }),
    })
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-simulator-'))
    return {
      url: home.url,
      port: home.port,
      token: home.token,
      version: home.state.version,
      folder,
      breakConfiguration: (broken) =>
        Promise.resolve(void (home.state.configurationValid = !broken)),
      writeYaml: (http) => Promise.resolve(void Object.assign(home.state.stable, http)),
      async close() {
        await home.close()
        await rm(folder, { recursive: true })
      },
    }
  }

contract('the simulator, from 2026.8', 'store', start('store'))
contract('the simulator, before 2026.8', 'yaml', start('yaml'))
secondFactorContract('the simulator', true, start('store'))
