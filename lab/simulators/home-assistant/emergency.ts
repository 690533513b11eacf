import { makeAuthority } from '../pki.ts'

/** What Home Assistant serves when it cannot use its own certificate (http/server.py). */
export async function emergencyPair(): Promise<{ cert: string; key: string }> {
  const name = 'homeassistant.local, O=Home Assistant Emergency Certificate'
  const { certificatePem, keyPem } = await (
    await makeAuthority(name)
  ).issue({ names: ['homeassistant.local'], days: 30 })
  return { cert: certificatePem, key: keyPem }
}
