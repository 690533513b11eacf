import {
  appsNetwork,
  type Mqtt,
  supervisor,
  supervisorAddress,
  supervisorUrl,
} from '../adapters/supervisor/supervisor.ts'
import { addressOf, isPrivate, networkRange } from '../core/address.ts'
import type { Secret } from '../core/secret.ts'

/** What the app finds out by itself, as configuration: the owner's options stand over it. */
export type AppFacts = Readonly<Record<string, unknown>>

/** The port of the gateway in the app's own network; the Supervisor maps the host's to it. */
const gatewayPort = 8443

/**
 * The surroundings of the app, asked of the Supervisor: where Home Assistant is, how it is administered, what is at home,
 * and on which port the page is shown. `base` is the Supervisor's address; only a test has another.
 */
export async function appFacts(
  token: Secret,
  data: string,
  signal: AbortSignal,
  base: string = supervisorUrl,
): Promise<AppFacts> {
  const asked = supervisor(base, token)
  const [core, self, network, mqtt] = await Promise.all([
    asked.core(signal),
    asked.self(signal),
    asked.network(signal),
    asked.mqtt(signal),
  ])
  const host = core.ssl ? 'https://homeassistant' : 'http://homeassistant'
  const interfaces = network.interfaces.filter(({ enabled }) => enabled)
  const addresses = interfaces.flatMap(({ ipv4, ipv6 }) => [
    ...(ipv4?.address ?? []),
    ...(ipv6?.address ?? []),
  ])
  const primary = interfaces.find((each) => each.primary)?.ipv4?.address[0]
  const mapped = self.network?.[`${gatewayPort}/tcp`] ?? undefined
  return {
    data,
    home_assistant: {
      url: `${host}:${core.port}`,
      api_url: `${base}/core`,
      token: token.reveal(),
      ...(self.host_network ? {} : { sees_gatehouse_as: appsNetwork }),
      certificate_folder: '/ssl',
    },
    gateway: {
      listen: [`0.0.0.0:${gatewayPort}`, `[::]:${gatewayPort}`],
      local: [...new Set(addresses.flatMap(localRange))],
    },
    router: {
      ...(primary === undefined ? {} : { forward_to: primary.split('/')[0] }),
      forward_port: self.host_network ? gatewayPort : (mapped ?? gatewayPort),
    },
    page: {
      listen: `0.0.0.0:${self.ingress_port ?? 8099}`,
      ingress_from: supervisorAddress,
    },
    ...(mqtt === undefined ? {} : { mqtt: brokerOf(mqtt) }),
  }
}

const brokerOf = ({ host, port, ssl, username, password }: Mqtt): AppFacts => ({
  url: `${ssl ? 'mqtts' : 'mqtt'}://${host}:${port}`,
  user: username,
  password,
})

function localRange(cidr: string): string[] {
  const address = addressOf(cidr.split('/')[0] ?? '')
  const range = networkRange(cidr)
  return address !== undefined && range !== undefined && isPrivate(address) ? [range.text] : []
}
