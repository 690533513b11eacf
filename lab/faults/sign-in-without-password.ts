import type { Fault } from './fault.ts'

export const signInWithoutPassword: Fault = {
  name: 'Home Assistant offers sign-in without a password to visitors from outside',
  plant({ homeAssistant: { state } }) {
    state.trustedNetworks = true
    return () => void (state.trustedNetworks = false)
  },
  broken: ['home-assistant/trusted-networks-outside'],
  notBroken: ['home-assistant/wrong-client-address', 'home-assistant/not-onboarded'],
}
