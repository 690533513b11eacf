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

const proxies = z
  .object({
    use_x_forwarded_for: z.boolean(),
    trusted_proxies: z.union([z.array(z.string()), z.string().transform((one) => [one])]),
  })
  .partial()
  .nullish()
const included = z.object({ '!include': z.string() })

/** The proxies of `http:` in configuration.yaml, or in the file that it includes there. */
export async function httpInYaml(folder: string): Promise<Partial<HttpConfig>> {
  const read = async (name: string): Promise<unknown> =>
    parse(await readFile(join(folder, name), 'utf8'), { customTags: tags, logLevel: 'silent' })
  const top = z
    .object({ http: z.unknown() })
    .partial()
    .nullish()
    .parse(await read('configuration.yaml'))
  const include = included.safeParse(top?.http)
  const block = proxies.parse(include.success ? await read(include.data['!include']) : top?.http)
  return {
    use_x_forwarded_for: block?.use_x_forwarded_for ?? false,
    trusted_proxies: block?.trusted_proxies ?? [],
  }
}

/** `undefined`: its own check would find nothing. */
export const whyNotValid = (folder: string): Promise<string | undefined> =>
  httpInYaml(folder).then(
    () => undefined,
    (error: unknown) => String(error),
  )
