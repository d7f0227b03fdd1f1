import { parentPort } from 'node:worker_threads';

const map = new Map();

const operations = {
  get: ({ key }) => map.get(key),
  set: ({ key, value }) => {
    map.set(key, value);
    return true;
  },
  has: ({ key }) => map.has(key),
  increment: ({ key }) => {
    const value = map.get(key) + 1;
    map.set(key, value);
    return value;
  },
};

function serve(port) {
  port.on('message', (request) => {
    if (request.port !== undefined) serve(request.port);
    else port.postMessage(operations[request.operation](request));
  });
}

serve(parentPort);
parentPort.postMessage('ready');
