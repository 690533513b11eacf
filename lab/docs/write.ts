import { writeFile } from 'node:fs/promises'

import { generatedDocs } from './generate.ts'

// `npm run docs`: writes the generated parts of docs/.
for (const { file, content } of await generatedDocs()) await writeFile(file, content)
