import type { Fault } from './fault.ts'

export const noOwner: Fault = {
  name: 'Home Assistant was reset, and whoever comes first becomes its owner',
  plant({ homeAssistant: { state } }) {
    state.onboarded = false
    return () => void (state.onboarded = true)
  },
  broken: ['home-assistant/not-onboarded'],
  notBroken: ['home-assistant/not-reached', 'home-assistant/rejects-proxy'],
}
