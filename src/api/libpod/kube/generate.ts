import { configText } from '../../../config/config.ts';
import { generateKube, generateTypes } from '../../../engine/kube/generate.ts';
import { HttpProblem } from '../../http/problem.ts';
import { flag, number, texts, text as word } from '../../route/query.ts';
import { text } from '../../route/reply.ts';
import { defineRoute } from '../../route/route.ts';

export const generate = defineRoute({
  summary: 'Write containers, pods and volumes as Kubernetes YAML',
  query: {
    names: texts('containers, pods and volumes'),
    podmanOnly: flag('with annotations that only podman and bryo heed'),
    replicas: number('pods of a deployment', 1),
    service: flag('with a service for the published ports'),
    type: word(`what a pod is written as: ${generateTypes.join(', ')}`),
  },
  answers: { 200: { about: 'the documents', type: 'text/plain' } },
  async handle({ engine, query }) {
    const asked = query.type || configText(engine.config, 'engine.kube_generate_type') || 'pod';
    const type = generateTypes.find((one) => one === asked);
    if (type === undefined) throw new HttpProblem(400, `type: there is no ${asked}`);
    const { names, podmanOnly, service } = query;
    const replicas = query.replicas ?? 1;
    return text(generateKube(engine, { names, type, replicas, service, podmanOnly }));
  },
});

export const apply = defineRoute({
  summary: 'Refuse to speak with a cluster',
  answers: { 501: { about: 'kubectl apply does' } },
  async handle() {
    throw new HttpProblem(
      501,
      'no cluster is spoken with: kubectl apply reads what kube/generate writes',
    );
  },
});
