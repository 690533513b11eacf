import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import type { HttpConfig } from './state.ts'

/** What a tag of Home Assistant means, as far as the simulator goes: the name of the file. */
const tags = ['!include', '!include_dir_named', '!secret'].map((tag) => ({
  tag,
  resolve: (value: string) => (tag === '!secret' ? value : { [tag]: value }),
}))

const blockShape = z
  .object({
    use_x_forwarded_for: z.boolean(),
    ssl_certificate: z.string(),
    ssl_key: z.string(),
    trusted_proxies: z.union([z.array(z.string()), z.string().transform((one) => [one])]),
  })
  .partial()
  .nullish()
const included = z.object({ '!include': z.string() })

/** The proxies and the pair of `http:` in configuration.yaml, or in the file that it includes there. */
export async function httpInYaml(folder: string): Promise<Partial<HttpConfig>> {
  const read = async (name: string): Promise<unknown> =>
    parse(await readFile(join(folder, name), 'utf8'), { customTags: tags, logLevel: 'silent' })
  const top = z
    .object({ http: z.unknown() })
    .partial()
    .nullish()
    .parse(await read('configuration.yaml'))
  const include = included.safeParse(top?.http)
  const block = blockShape.parse(include.success ? await read(include.data['!include']) : top?.http)
  return {
    use_x_forwarded_for: block?.use_x_forwarded_for ?? false,
    trusted_proxies: block?.trusted_proxies ?? [],
    ...(block?.ssl_certificate === undefined ? {} : { ssl_certificate: block.ssl_certificate }),
    ...(block?.ssl_key === undefined ? {} : { ssl_key: block.ssl_key }),
  }
}

/** `undefined`: its own check would find nothing. */
export const whyNotValid = (folder: string): Promise<string | undefined> =>
  httpInYaml(folder).then(
    () => undefined,
    (error: unknown) => String(error),
  )
