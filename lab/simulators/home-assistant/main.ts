import { z } from 'zod'

import { startHomeAssistant } from './home-assistant.ts'

// node lab/simulators/home-assistant/main.ts ['{"world":"yaml","port":8123}']
// A Home Assistant to look at from outside: prints one line of JSON when it listens, and runs until it is stopped.

const options = z
  .strictObject({
    world: z.enum(['store', 'yaml']).default('store'),
    onboarded: z.boolean().default(true),
    host: z.string().default('127.0.0.1'),
    port: z.number().default(8123),
    trialMs: z.number().default(300_000),
    restartMs: z.number().default(1000),
  })
  .parse(JSON.parse(process.argv[2] ?? '{}'))
const { url, token, state } = await startHomeAssistant(options)
console.log(JSON.stringify({ url, token, version: state.version }))
