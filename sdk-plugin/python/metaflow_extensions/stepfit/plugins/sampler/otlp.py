"""Writes samples and the closing span in OTLP's JSON encoding. Pure.

OTLP/JSON is the protobuf JSON mapping, with 64-bit integers as strings and ids as hexadecimal.
"""

CUMULATIVE = 2
SPAN_KIND_INTERNAL = 1
STATUS_OK = 1
STATUS_ERROR = 2


class Encoder(object):
    """Encodes for one attempt: the contract's names, the attempt's identity and start facts."""

    def __init__(self, contract, facts, features, started_ns, sampler_version):
        self._contract = contract
        self._started_ns = started_ns
        self._scope = {"name": "metaflow-stepfit", "version": sampler_version}
        self._resource = {"attributes": self._resource_attributes(facts, features)}

    def metrics(self, samples):
        """An export request with every point of the samples, series by series."""
        series = {}
        for sample in samples:
            for key, value, labels in sample.points:
                series.setdefault((key, labels), []).append((sample.at_ns, value))
        by_metric = {}
        for (key, labels), points in series.items():
            by_metric.setdefault(key, []).extend(self._point(key, labels, *point) for point in points)
        metrics = [self._metric(key, by_metric[key]) for key in sorted(by_metric)]
        return self._envelope("resourceMetrics", "scopeMetrics", {"metrics": metrics})

    def span(self, closing):
        """An export request with the one span that closes the attempt. Its ids are the attempt's, so
        sending it twice is sending it once."""
        span = {
            "traceId": closing["trace_id"],
            "spanId": closing["span_id"],
            "name": self._contract["spanName"],
            "kind": SPAN_KIND_INTERNAL,
            "startTimeUnixNano": str(self._started_ns),
            "endTimeUnixNano": str(closing["ended_ns"]),
            "attributes": self._attributes(self._contract["span"], closing["attributes"]),
            "status": {"code": STATUS_OK if closing["succeeded"] else STATUS_ERROR},
        }
        return self._envelope("resourceSpans", "scopeSpans", {"spans": [span]})

    def _envelope(self, resources, scopes, content):
        content["scope"] = self._scope
        return {resources: [{"resource": self._resource, scopes: [content]}]}

    def _metric(self, key, points):
        contract = self._contract["metrics"][key]
        metric = {"name": contract["name"], "unit": contract["unit"]}
        if contract["instrument"] == "counter":
            metric["sum"] = {
                "dataPoints": points,
                "aggregationTemporality": CUMULATIVE,
                "isMonotonic": True,
            }
        else:
            metric["gauge"] = {"dataPoints": points}
        return metric

    def _point(self, key, labels, at_ns, value):
        contract = self._contract["metrics"][key]
        point = {"timeUnixNano": str(at_ns)}
        if contract["instrument"] == "counter":
            point["startTimeUnixNano"] = str(self._started_ns)
        if isinstance(value, int):
            point["asInt"] = str(value)
        else:
            point["asDouble"] = value
        if labels:
            names = contract["seriesAttributes"]
            point["attributes"] = [
                {"key": name, "value": {"stringValue": label}} for name, label in zip(names, labels)
            ]
        return point

    def _resource_attributes(self, facts, features):
        attributes = self._attributes(self._contract["resource"], facts)
        for name in sorted(features):
            attributes.append(
                {"key": self._contract["featurePrefix"] + name, "value": any_value(features[name])}
            )
        return attributes

    @staticmethod
    def _attributes(contract, values):
        attributes = []
        for key in sorted(values):
            value = values[key]
            if value is None:
                continue
            if contract[key]["type"] == "double":
                value = float(value)
            elif contract[key]["type"] == "int":
                value = int(value)
            attributes.append({"key": contract[key]["name"], "value": any_value(value)})
        return attributes


def any_value(value):
    """A bool, int, float or string as OTLP's AnyValue."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}
