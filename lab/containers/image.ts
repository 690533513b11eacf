import { join } from 'node:path'

import { build, checkout } from '../toolbox/cache.ts'
import type { Engine } from './engine.ts'

/** What compose.yaml calls the image. */
export const imageName = 'localhost/gatehouse'

/**
 * Builds app/Dockerfile as it is. What differs from the real thing is the base, which no registry of packages has: it is made of
 * Debian trixie and the `node` of npm, of the same version. Takes a minute, and seconds where nothing changed.
 */
export async function buildImage(engine: Engine): Promise<void> {
  const [program = '', ...words] = engine.command([
    'build',
    '--pull=never',
    '--network=host',
    '--build-arg=BUILD_ARCH=amd64',
    '--build-arg=BUILD_VERSION=0.0.0',
    '--file',
    join(checkout, 'app/Dockerfile'),
    '--tag',
    imageName,
    checkout,
  ])
  await build('image', [program, ...words], 10)
}
