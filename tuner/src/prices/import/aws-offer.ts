import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Shape } from '../../model/prices.ts';
import { ec2Card } from './ec2-cards.ts';
import {
  type Architecture,
  cheapestByName,
  type ImportChoice,
  type ImportedPrices,
  isChosen,
} from './imported-prices.ts';
import { type OfferProduct, type PricedProduct, readOfferFile } from './offer-file.ts';

const MIB_PER_GIB = 1024;

/**
 * A price table from an AWS price list file: of AmazonEC2 the machines (Linux, shared tenancy, on demand), of
 * AmazonECS or AmazonEKS Fargate's linear prices with its valid sizes.
 *
 * @param chunks The file's text as it arrives.
 * @throws {StepfitError} `invalid-input` when it is no such file, has none of these products, or has those of
 *   several regions and the choice names none.
 */
export async function importAwsOffer(
  chunks: AsyncIterable<string>,
  choice: ImportChoice,
): Promise<ImportedPrices> {
  const products = await readOfferFile(
    chunks,
    (product) => isMachine(product, choice) || fargatePart(product, choice) !== undefined,
  );
  const region = onlyRegion(products, choice.region);
  const ofRegion = products.filter((product) => regionOf(product) === region);
  const fargate = ofRegion.filter((product) => fargatePart(product, choice) !== undefined);
  const imported =
    fargate.length > 0 ? fargateTable(fargate, choice) : machineTable(ofRegion, choice);
  const since = ofRegion.reduce((last, product) => maxText(last, product.since ?? ''), '');
  const service = fargate.length > 0 ? 'Fargate' : 'EC2';
  return {
    ...imported,
    table: {
      name: `AWS ${service} on demand, ${region}`,
      source: `AWS price list, ${region}, ${choice.architecture}, newest price of ${since}`,
      currency: 'USD',
      isExample: false,
      ...imported.table,
    },
  };
}

interface TablePart {
  readonly table: Omit<ImportedPrices['table'], 'name' | 'isExample'>;
  readonly refused: readonly string[];
}

function isMachine(
  { productFamily = '', attributes }: OfferProduct,
  choice: ImportChoice,
): boolean {
  return (
    /^Compute Instance( \(bare metal\))?$/.test(productFamily) &&
    attributes['operatingSystem'] === 'Linux' &&
    attributes['tenancy'] === 'Shared' &&
    attributes['preInstalledSw'] === 'NA' &&
    attributes['capacitystatus'] === 'Used' &&
    (attributes['marketoption'] ?? 'OnDemand') === 'OnDemand' &&
    architectureOf(attributes['physicalProcessor'] ?? '') === choice.architecture &&
    isChosen(attributes['instanceType'] ?? '', choice)
  );
}

/** Amazon's own processors are Arm; the files call both kinds “64-bit”. */
function architectureOf(physicalProcessor: string): Architecture {
  return /graviton/i.test(physicalProcessor) ? 'arm64' : 'x86_64';
}

/** Usage types begin with a region's code in all regions but the first. */
const FARGATE = /^(?:[A-Z0-9]+-)?Fargate-(ARM-)?(vCPU-Hours:perCPU|GB-Hours)$/;

function fargatePart(
  { attributes }: OfferProduct,
  { architecture }: ImportChoice,
): 'cpu' | 'memory' | undefined {
  const [, arm, part] = FARGATE.exec(attributes['usagetype'] ?? '') ?? [];
  if (part === undefined || (arm !== undefined) !== (architecture === 'arm64')) return undefined;
  return part === 'GB-Hours' ? 'memory' : 'cpu';
}

function machineTable(products: readonly PricedProduct[], choice: ImportChoice): TablePart {
  const shapes: Shape[] = [];
  const refused: string[] = [];
  for (const product of products) {
    const shape = toShape(product);
    if (typeof shape === 'string') {
      refused.push(`${product.attributes['instanceType']} (${product.sku}): ${shape}`);
    } else {
      shapes.push(shape);
    }
  }
  if (shapes.length === 0) {
    throw nothingFound(`no ${choice.architecture} Linux machine on demand`, refused);
  }
  return { table: { billedUnit: 'node', shapes: cheapestByName(shapes) }, refused };
}

/** A machine, or why it is none. */
function toShape({ attributes, hourUsd }: PricedProduct): Shape | string {
  const name = attributes['instanceType'] ?? '';
  const cpuCores = Number(attributes['vcpu']);
  const memoryGib = Number(
    /^([\d,.]+) GiB$/.exec(attributes['memory'] ?? '')?.[1]?.replaceAll(',', ''),
  );
  const gpuCount = Number(attributes['gpu'] ?? 0);
  if (!(cpuCores > 0)) return `vcpu is “${attributes['vcpu']}”`;
  if (!(memoryGib > 0)) return `memory is “${attributes['memory']}”, not GiB`;
  if (!Number.isInteger(gpuCount)) return `gpu is “${attributes['gpu']}”, not whole`;
  if (hourUsd === undefined) return 'it has no on-demand price in US dollars an hour';
  return {
    name,
    cpuCores,
    memoryMiB: memoryGib * MIB_PER_GIB,
    ...(gpuCount > 0 ? { gpuCount, ...ec2Card(name) } : {}),
    hourUsd,
  };
}

function fargateTable(products: readonly PricedProduct[], choice: ImportChoice): TablePart {
  const refused = products
    .filter(({ hourUsd }) => hourUsd === undefined)
    .map(({ sku, attributes }) => `${attributes['usagetype']} (${sku}): it has no price an hour`);
  function priceOf(part: 'cpu' | 'memory'): number {
    const price = products.find(
      (product) => fargatePart(product, choice) === part && product.hourUsd !== undefined,
    )?.hourUsd;
    if (price === undefined) throw nothingFound(`no price of Fargate's ${part}`, refused);
    return price;
  }
  const isEks = products.some(({ attributes }) => attributes['servicecode'] === 'AmazonEKS');
  return {
    table: {
      billedUnit: 'task',
      cpuCoreHourUsd: priceOf('cpu'),
      memoryGibHourUsd: priceOf('memory'),
      grid: isEks ? 'aws-eks-fargate' : 'aws-fargate',
    },
    refused,
  };
}

/** Older files have the region's place and no code. */
function regionOf({ attributes }: OfferProduct): string {
  return attributes['regionCode'] ?? attributes['location'] ?? '';
}

function onlyRegion(products: readonly OfferProduct[], wanted: string | undefined): string {
  const regions = [...new Set(products.map(regionOf))].toSorted();
  const [region] = wanted === undefined ? regions : regions.filter((name) => name === wanted);
  if (region === undefined) {
    throw nothingFound(
      wanted === undefined
        ? 'no machine and no Fargate that was asked for'
        : `nothing of region ${wanted}; it has ${regions.join(', ') || 'none'}`,
      [],
    );
  }
  if (wanted === undefined && regions.length > 1) {
    throw nothingFound(
      `prices of several regions: ${regions.join(', ')}`,
      [],
      'Name one with --region.',
    );
  }
  return region;
}

function nothingFound(
  what: string,
  refused: readonly string[],
  hint = 'docs/prices.md says what is taken from which file.',
): StepfitError {
  const why = refused.length === 0 ? '' : ` (${refused.slice(0, 3).join('; ')})`;
  return new StepfitError('invalid-input', `The price list has ${what}${why}.`, { hint });
}

function maxText(a: string, b: string): string {
  return a > b ? a : b;
}
