"""`python -m benchmarks.forecast --stations FOLDER`: forecasts side by side; `--cost` for thousands of sites."""

import argparse

from benchmarks.measure import Result, run, show

_CONTENDERS = (
    *("meteolake", "climatology", "persistence", "ridge"),
    *("AutoARIMA, Fourier terms", "AutoETS", "MSTL", "Prophet", "LightGBM (mlforecast)"),
)
_TABLES = {
    "Maximum: CRPS skill against climatology on the same cases, by days ahead": "skill CRPS ",
    "Rain of 1 mm and more: Brier skill": "skill Brier ",
    "Maximum: CRPS in °C": "CRPS ",
    "Maximum: mean absolute error of the median in °C": "MAE ",
    "Maximum: share within the central 80 %": "cover ",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", help="Folder with australia_daily.csv.gz and australia_sites.csv.")
    parser.add_argument("--every", type=int, default=3, help="Days from one forecast to the next.")
    parser.add_argument("--sites", type=int, default=0, help="Stations to score, evenly spread; 0 for all.")
    parser.add_argument("--origins", type=int, default=0, help="Days of issue to score, evenly spread; 0 for all.")
    parser.add_argument("--only", nargs="+", default=_CONTENDERS, choices=_CONTENDERS, help="Some contenders.")
    parser.add_argument("--cost", action="store_true", help="Cost for 1,000 and 10,000 sites × 30 years instead.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.cost:
        results = [
            run(f"{sites:,} sites × 30 years", "benchmarks.forecast.cost", ["--sites", str(sites)])
            for sites in (1_000, 10_000)
        ]
        show("Training and forecasting on two cores", results, json_output=options.json)
        return
    if not options.stations:
        parser.error("--stations is needed: the folder of the Australian stations")
    results = [_contender(name, options) for name in options.only]
    for title, prefix in _TABLES.items():
        show(title, [_only(result, prefix) for result in results], json_output=options.json)


def _contender(name: str, options: argparse.Namespace) -> Result:
    arguments = [name, options.stations, *map(str, (options.sites, options.origins, options.every))]
    return run(name, "benchmarks.forecast.contender", arguments, limit=3600)


def _only(result: Result, prefix: str) -> Result:
    """One score by days ahead; as text, since the table rounds numbers."""
    counts = {f"{k.removeprefix(prefix)} d": f"{v:.3f}" for k, v in result.counts.items() if k.startswith(prefix)}
    return Result(result.name, result.seconds, result.peak_mb, counts)


if __name__ == "__main__":
    main()
