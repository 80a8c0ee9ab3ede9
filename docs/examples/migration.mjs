// Runs a migration against a database in the cluster, and stops the forward whatever happens.
import { once } from 'node:events';
import { connect } from 'node:net';
import { portForward } from 'kube-port-forward';

const forward = portForward({ target: 'statefulset/db', namespace: 'demo', ports: [':5432'] });
try {
  const [{ localPort }] = await forward.ready;
  // Your database client goes here: { host: 'localhost', port: localPort }.
  const client = connect(localPort, 'localhost');
  await once(client, 'connect');
  console.log('connected to the database');
  client.destroy();
} finally {
  await forward.stop();
}
