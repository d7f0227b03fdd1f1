import { decodeTerm, encodeTerm } from './codec.js';

// Run by shapes.test.ts with --disallow-code-generation-from-strings.
const make = (): object => ({ id: 1, name: 'n', list: [{ id: 2, name: 'm', list: [] }] });
for (let i = 0; i < 3; i++) encodeTerm(make());
const bytes = encodeTerm(make());
console.log(bytes[0]?.toString(16), JSON.stringify(decodeTerm(bytes)));
