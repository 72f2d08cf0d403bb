// An edge node of npm's sparkplug-client: birth, reads of a device, then whatever standard input asks for, one JSON a line:
//   {"read":"code"}   the device reports a code        {"skip":true}   the next number is lost on the way
//   {"stop":true}     the node says goodbye
// Every step is told on standard output, one JSON a line.
import { createRequire } from 'node:module';
import readline from 'node:readline';

// Node's own lookup, from the folder that ./scripts/test has installed the packages into.
const require = createRequire(process.env.FOREIGN_MODULES + '/');
const sparkplug = require('sparkplug-client');

const [serverUrl, groupId, edgeNode, deviceId] = process.argv.slice(2);
const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
const client = sparkplug.newClient({
  serverUrl,
  username: '',
  password: '',
  groupId,
  edgeNode,
  clientId: `${groupId}-${edgeNode}`,
  version: 'spBv1.0',
});

const nodeMetrics = () => [{ name: 'Node Control/Rebirth', type: 'Boolean', value: false }];
const deviceMetrics = (value) => [
  { name: 'Read/Good', type: 'String', value },
  { name: 'Speed', type: 'Int32', value: -3 },
];
const birth = () => {
  client.publishNodeBirth({ timestamp: Date.now(), metrics: nodeMetrics() });
  client.publishDeviceBirth(deviceId, { timestamp: Date.now(), metrics: deviceMetrics('') });
  tell({ born: true });
};
client.on('birth', birth);
client.on('ncmd', (payload) => {
  tell({ ncmd: payload.metrics.map((metric) => metric.name) });
  if (payload.metrics.some((metric) => metric.name === 'Node Control/Rebirth' && metric.value === true)) birth();
});
client.on('error', (error) => tell({ error: String(error) }));

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const ask = JSON.parse(line);
  if (ask.read !== undefined) {
    const metrics = [{ name: 'Read/Good', type: 'String', value: ask.read, timestamp: Date.now() }];
    client.publishDeviceData(deviceId, { timestamp: Date.now(), metrics });
    tell({ read: ask.read });
  } else if (ask.skip) {
    // The library counts by itself; a message to a topic that nobody reads takes the number away.
    client.seq = (client.seq + 1) % 256;
    tell({ skipped: true });
  } else if (ask.stop) {
    client.stop();
    tell({ stopped: true });
    setTimeout(() => process.exit(0), 300);
  }
});
