import { installation, installations, type InstallationName } from './installation.ts'

// node lab/real/prepare.ts
// Installs the versions of Home Assistant that the suites run against, and says which they are.

const names: readonly InstallationName[] = ['newest', '2026.8', '2026.2']
for (const name of names) {
  const found = await installation(name)
  console.log(
    'missing' in found
      ? `- ${found.missing}`
      : `✓ Home Assistant ${found.version} (${installations[name].python})`,
  )
}
