import { ets } from 'termstore';

/* Listens, and has nothing else to do. */

ets.on('transfer', () => undefined);
console.log('listening');
