import { chain, linkTitles } from '../../core/chain.ts'

// The device as Home Assistant's MQTT integration reads it ("Device discovery payload", since 2024.11).

const outcomes = ['held', 'broken', 'unknown']

type Component = Readonly<Record<string, unknown>> & { readonly platform: string }

const sensors = {
  verdict: {
    platform: 'sensor',
    name: 'Verdict',
    icon: 'mdi:shield-home',
    device_class: 'enum',
    options: outcomes,
  },
  problem: { platform: 'binary_sensor', name: 'Problem', device_class: 'problem' },
  findings: {
    platform: 'sensor',
    name: 'Open findings',
    icon: 'mdi:format-list-checks',
    state_class: 'measurement',
  },
  ...Object.fromEntries(
    chain.map((link) => [
      `link_${link.replaceAll('-', '_')}`,
      {
        platform: 'sensor',
        name: `Link ${linkTitles[link]}`,
        icon: 'mdi:link-variant',
        device_class: 'enum',
        options: outcomes,
        entity_category: 'diagnostic',
      },
    ]),
  ),
  certificate_days: {
    platform: 'sensor',
    name: 'Certificate days left',
    icon: 'mdi:certificate',
    unit_of_measurement: 'd',
    device_class: 'duration',
    state_class: 'measurement',
  },
  ipv4: { platform: 'sensor', name: 'Public IPv4', icon: 'mdi:ip', entity_category: 'diagnostic' },
  ipv6: { platform: 'sensor', name: 'Public IPv6', icon: 'mdi:ip', entity_category: 'diagnostic' },
  refused: {
    platform: 'sensor',
    name: 'Refused connections',
    icon: 'mdi:shield-off',
    state_class: 'total_increasing',
  },
  last_proof: {
    platform: 'sensor',
    name: 'Last proof',
    device_class: 'timestamp',
    entity_category: 'diagnostic',
  },
} as const satisfies Readonly<Record<string, Component>>

export type ButtonKey = 'prove' | 'look'
const buttons: Readonly<Record<ButtonKey, Component>> = {
  prove: { platform: 'button', name: 'Prove now', icon: 'mdi:shield-check' },
  look: { platform: 'button', name: 'Look now', icon: 'mdi:eye-refresh' },
}

/** The state of every sensor, by its key; `None` is what Home Assistant takes for "not known". */
export type States = Readonly<Record<string, string>>
export const notKnown = 'None'

export type Topics = ReturnType<typeof topicsOf>

/** `id` makes the device one of its own: letters, digits and `_`. */
export const topicsOf = (id: string, discoveryPrefix: string) => ({
  config: `${discoveryPrefix}/device/${id}/config`,
  /** `online` and `offline`, as Home Assistant expects them. */
  availability: `${id}/availability`,
  state: (key: string) => `${id}/${key}`,
  button: (key: ButtonKey) => `${id}/${key}/press`,
  /** Home Assistant says here that it has started. */
  birth: `${discoveryPrefix}/status`,
})

/** The payload for `config`: one device, what made it, and its entities. */
export function deviceOf(id: string, home: string, version: string, topics: Topics): string {
  const entities = [
    ...Object.entries(sensors).map(([key, component]) => [
      key,
      { ...component, unique_id: `${id}_${key}`, state_topic: topics.state(key) },
    ]),
    ...buttonKeys.map((key) => [
      key,
      { ...buttons[key], unique_id: `${id}_${key}`, command_topic: topics.button(key) },
    ]),
  ]
  return JSON.stringify({
    device: {
      identifiers: [id],
      name: `Gatehouse ${home}`,
      manufacturer: 'Gatehouse',
      model: 'Keeper',
      sw_version: version,
    },
    origin: { name: 'Gatehouse', sw_version: version },
    components: Object.fromEntries(entities),
    availability_topic: topics.availability,
    qos: 1,
  })
}

export const buttonKeys = ['prove', 'look'] as const satisfies readonly ButtonKey[]
