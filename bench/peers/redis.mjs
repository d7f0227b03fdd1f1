import { Redis } from 'ioredis';

/** Redis over loopback through ioredis: each operation is awaited; objects are JSON. */
export async function open({ value = 'int', services }) {
  const client = new Redis(services.redis.port, '127.0.0.1');
  await client.flushall();
  const object = value === 'object';
  return {
    awaited: true,
    get: async (key) => {
      const text = await client.get(key);
      return object ? JSON.parse(text) : Number(text);
    },
    set: (key, stored) => client.set(key, object ? JSON.stringify(stored) : stored),
    has: async (key) => (await client.exists(key)) === 1,
    increment: (key) => client.incr(key),
    fill: async (entries) => {
      const pipeline = client.pipeline();
      for (const [key, stored] of entries) pipeline.set(key, object ? JSON.stringify(stored) : stored);
      await pipeline.exec();
    },
    memory: async () => Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))[1]),
    close: () => client.quit(),
  };
}
