/** What an operator should know, each with the next step; read from models and statistics. */
import { number, t } from "./language.js";

function failedModels(models) {
  return models.flatMap((model) =>
    model.nodes
      .filter((node) => node.state === "failed")
      .map((node) => ({
        text: t("modelFailed", { model: model.model_id, node: node.name }),
        reason: node.reason,
        step: t("modelFailedStep", { model: model.model_id }),
      })),
  );
}

function nodeNotices(node) {
  const found = [];
  const add = (condition, key, values = {}) =>
    condition && found.push({ text: t(key, { node: node.name, ...values }), step: t(`${key}Step`) });
  add(node.rejections > 0, "rejected", { n: node.rejections });
  add(node.failures > 0, "failedInputs", { n: node.failures });
  add(node.routing.unserved > 0, "unserved", { n: node.routing.unserved });
  add(node.routing.fallbacks > 0, "fallbacks", { n: node.routing.fallbacks });
  add(node.model_memory?.evictions > 0, "modelEvictions", { n: node.model_memory?.evictions });
  const tokens = node.cache?.features;
  const asked = (tokens?.hits ?? 0) + (tokens?.misses ?? 0);
  add(tokens?.evictions > 0 && tokens.hits < asked / 2, "cacheSmall", { share: number((100 * tokens?.hits) / asked) });
  if (node.jpeg?.reason) {
    found.push({ text: t("slowJpeg", { node: node.name }), reason: node.jpeg.reason, step: t("slowJpegStep") });
  }
  return found;
}

/** The health report names broken models too, but only those of the node that was asked. */
function healthNotices(indicator) {
  const all = indicator?.diagnosis ?? [];
  const diagnoses = all.filter((diagnosis) => !diagnosis.id.endsWith("broken_bundles"));
  if (!indicator || indicator.status === "green" || diagnoses.length < Math.min(1, all.length)) {
    return [];
  }
  return [{ text: indicator.symptom, reason: diagnoses[0]?.cause, step: diagnoses[0]?.action }];
}

/** @return {{text: string, reason: string|undefined, step: string|undefined}[]} */
export function notices(models, stats, indicator) {
  const unreachable = (stats._nodes?.failures ?? []).map((failure) => ({ text: t("noAnswer"), reason: failure.reason }));
  return [
    ...failedModels(models),
    ...healthNotices(indicator),
    ...Object.values(stats.nodes).flatMap(nodeNotices),
    ...unreachable,
  ];
}
