import type { Fault } from './fault.ts'

export const recoveryMode: Fault = {
  name: 'Home Assistant started in recovery mode',
  plant({ homeAssistant: { state } }) {
    state.recoveryMode = true
    return () => void (state.recoveryMode = false)
  },
  broken: ['home-assistant/recovery-mode'],
  notBroken: ['home-assistant/not-reached', 'home-assistant/rejects-proxy'],
}
