import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'
import { z } from 'zod'

import { checkout } from '../toolbox/cache.ts'
import { optionSchema } from './options-schema.ts'

const folder = join(checkout, 'app')

export const fileOf = (name: string): string => readFileSync(join(folder, name), 'utf8')
export const has = (name: string): boolean => existsSync(join(folder, name))

/** What of app/config.yaml the tests of the lab need; they hold that the rest is known to the Supervisor. */
export const manifest = z
  .looseObject({
    name: z.string(),
    slug: z.string().regex(/^[-_.A-Za-z0-9]+$/),
    version: z.string(),
    description: z.string(),
    arch: z.array(z.enum(['aarch64', 'amd64'])),
    image: z.string(),
    ingress_port: z.number(),
    ports: z.record(z.string(), z.number().nullable()),
    options: z.record(z.string(), z.unknown()),
    schema: optionSchema,
  })
  .parse(parse(fileOf('config.yaml')))
