"""All benchmarks: ``python -m benchmarks [--quick]``.  Timings never fail; a disagreement of the engines does."""

from __future__ import annotations

import argparse

from benchmarks import agreement, bounds, coverage, full_model, programme, speed, variance


def main() -> int:
    """Agreement, speed, whole model, programme, variance, two coverages; exit code 1 when the two engines disagree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first look; no judgement of agreement")
    quick = parser.parse_args().quick
    code = 0
    print("1/7 agreement of two engines on the core model", flush=True)
    if quick:
        print(agreement.table(agreement.measure(worlds=8)))
    else:
        code = agreement.main([])
    print("\n2/7 speed of the core model", flush=True)
    speed.report(10_000 if quick else 100_000)
    print("\n3/7 the whole model", flush=True)
    full_model.report((10_000, 20_000) if quick else (full_model.SMALL, full_model.LARGE))
    print("\n4/7 a programme of many chains", flush=True)
    programme.report(2_000 if quick else programme.CUSTOMERS)
    print("\n5/7 what the common luck saves", flush=True)
    variance.report(500 if quick else 2_000, 8 if quick else 20)
    print("\n6/7 coverage of returns with few replications, of rare events and rare orders", flush=True)
    coverage.report(50 if quick else 500)
    coverage.report_few(50 if quick else 500)
    coverage.report_orders(20 if quick else 200)
    print("\n7/7 coverage of costs and shares beside their bounds", flush=True)
    bounds.report(200 if quick else 2_000)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
