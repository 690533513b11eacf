import { startHomeAssistant } from '../simulators/home-assistant/home-assistant.ts'
import { secondFactorStory } from '../real/second-factor.ts'

// The story that lab/real tells with the real Home Assistant, with the simulator.

secondFactorStory('the simulator', async () => {
  const home = await startHomeAssistant()
  const never = () => Promise.reject(new Error('not here'))
  return {
    url: home.url,
    port: home.port,
    version: home.state.version,
    token: home.token,
    folder: '',
    breakConfiguration: never,
    writeYaml: never,
    close: () => home.close(),
  }
})
