import type { DeclaredPort } from '../kube/target/declaredPorts.ts';
import { servicePorts } from '../kube/target/declaredPorts.ts';
import { isReady, isTerminating } from '../kube/target/podState.ts';
import { defaultPort } from './location.ts';
import { localhostUrl } from './names.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';

/** A service as views and pages show it. */
export interface ServiceSummary {
  readonly namespace: string;
  readonly name: string;
  /** Its address in a browser; missing if it has no TCP port. */
  readonly url?: string;
  readonly ports: readonly (DeclaredPort & {
    /** The address of this port in a browser; missing for UDP. */
    readonly url?: string;
  })[];
  readonly readyPods: number;
  readonly pods: number;
  /** False for a service that selects no pods, which nobody can connect to. */
  readonly hasSelector: boolean;
}

export interface SummaryOptions {
  readonly localPort: number;
  /** The label of the context, where several are open. */
  readonly slug?: string;
}

/** The services of a namespace, by name. */
export function summarize(
  directory: NamespaceDirectory,
  { localPort, slug }: SummaryOptions,
): readonly ServiceSummary[] {
  const { namespace } = directory;
  const services = [...directory.services.values()].sort((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  );
  return services.map((service) => {
    const { name } = service.metadata;
    const pods = directory.podsOf(service);
    const own = { namespace, service: name, ...(slug !== undefined && { slug }) };
    const standard = defaultPort(service);
    const ports = servicePorts(service).map((port) =>
      port.protocol === 'TCP'
        ? {
            ...port,
            url: localhostUrl({ ...own, ...(port.number !== standard && { port: port.number }) }, localPort),
          }
        : port,
    );
    return {
      namespace,
      name,
      ...(ports.some(({ protocol }) => protocol === 'TCP') && { url: localhostUrl(own, localPort) }),
      ports,
      readyPods: pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length,
      pods: pods.length,
      hasSelector: Object.keys(service.spec?.selector ?? {}).length > 0,
    };
  });
}
