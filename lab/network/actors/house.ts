import { startHomeAssistant } from '../../simulators/home-assistant/home-assistant.ts'
import { perform, type Deeds } from '../actor.ts'
import { addresses } from '../addresses.ts'

// Home Assistant, in its namespace; it trusts Gatehouse's address as a proxy from the start if the setup says `true`.

const house = async (trusting: boolean) => {
  const homeAssistant = await startHomeAssistant({ host: '::', port: 8123 })
  if (trusting) {
    homeAssistant.state.stable.use_x_forwarded_for = true
    homeAssistant.state.stable.trusted_proxies = [`${addresses.home.ipv4}/32`]
  }
  return {
    token: () => homeAssistant.token,
    /** Every request it saw: from where it came, and for whom. */
    seen: () => homeAssistant.state.seen,
    forget: () => void homeAssistant.state.seen.splice(0),
  } satisfies Deeds
}

export type House = Awaited<ReturnType<typeof house>>

if (process.send) await perform((setup) => house(JSON.parse(setup) as boolean))
