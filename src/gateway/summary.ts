import { defined } from '../base/defined.ts';
import type { ServiceSummary } from '../kinds/gateway.ts';
import { localhostUrl } from '../kinds/localhostName.ts';
import { hasSelector, servicePorts } from '../kube/target/declaredPorts.ts';
import { isReady, isTerminating } from '../kube/target/podState.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';
import { defaultPort } from './requestedPort.ts';

export interface SummaryOptions {
  readonly localPort: number;
  /**
   * The DNS label of the context for the URLs: `staging` in `web.demo.staging.localhost`. Set only while gateways of
   * several contexts are open, so that the host names of their services differ.
   */
  readonly slug?: string;
}

/** Returns the services of a namespace, sorted by name, with their URLs and the numbers of their pods. */
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
    const own = { namespace, service: name, ...defined({ slug }) };
    const standard = defaultPort(service);
    // A service without a selector gets no URLs, because a request to such a URL could only fail.
    const isReachable = hasSelector(service);
    const ports = servicePorts(service).map((port) =>
      port.protocol === 'TCP' && isReachable
        ? {
            ...port,
            url: localhostUrl({ ...own, ...(port.number !== standard && { port: port.number }) }, localPort),
          }
        : port,
    );
    return {
      namespace,
      name,
      ...(ports.some((port) => 'url' in port) && { url: localhostUrl(own, localPort) }),
      ports,
      readyPods: pods.filter((pod) => isReady(pod) && !isTerminating(pod)).length,
      pods: pods.length,
      hasSelector: isReachable,
    };
  });
}
