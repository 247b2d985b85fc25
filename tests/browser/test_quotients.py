"""The chart of a quotient: gaps where there is nothing to divide by, also in the compared line, and no shares."""

from itertools import groupby

from playwright.sync_api import expect

from tests.browser.conftest import ANALYTICS
from tests.browser.test_charts import data, hover

# Where each piece of the dashed line begins and ends, as places of buckets.
PIECES = """() => {
  const chart = Chart.getChart("over-time"), {ctx, scales: {x}} = chart;
  let path = [], dashed = [];
  ctx.beginPath = () => { path = []; CanvasRenderingContext2D.prototype.beginPath.call(ctx); };
  ctx.moveTo = (...to) => { path.push([to[0]]); CanvasRenderingContext2D.prototype.moveTo.apply(ctx, to); };
  ctx.lineTo = (...to) => { path.at(-1)?.push(to[0]); CanvasRenderingContext2D.prototype.lineTo.apply(ctx, to); };
  ctx.stroke = () => {
    if (ctx.lineWidth === 1.25) dashed = path;
    CanvasRenderingContext2D.prototype.stroke.call(ctx);
  };
  chart.draw();
  for (const name of ["beginPath", "moveTo", "lineTo", "stroke"]) delete ctx[name];
  return dashed.map((piece) => [piece[0], piece.at(-1)].map((at) => x.getValueForPixel(at)));
}"""


def runs(values: list) -> list[list[int]]:
    """First and last place of each run of numbers."""
    found = [list(places) for there, places in groupby(range(len(values)), lambda at: values[at] is not None) if there]
    return [[places[0], places[-1]] for places in found]


def test_the_compared_line_does_not_go_on_where_it_has_no_number(visit):
    link = "range=7d&bucket=hour&groupBy=model&metric=costPerRequest&project=proj_sandbox"
    page = visit(f"{ANALYTICS}?{link}")
    before = data(page)["previous"]["values"]
    assert len(runs(before)) > 2
    assert page.evaluate(PIECES) == runs(before)


def test_the_tooltip_of_a_quotient_has_no_column_of_shares_and_speaks_of_none(visit):
    page = visit(f"{ANALYTICS}?range=30d&groupBy=project&metric=errorRate")
    hover(page, 0.5)
    tip = page.locator("#chart-tooltip")
    expect(tip.locator(".tooltip-foot .tooltip-value").first).to_contain_text("%")
    expect(tip.locator(".tooltip-share")).to_have_count(0)
    edges = tip.evaluate(
        "one => [...one.querySelectorAll('.tooltip-value')].map((value) => value.getBoundingClientRect().right)"
    )
    assert len({round(edge) for edge in edges}) == 1  # those of the rows stand over those of the foot
    page.mouse.move(5, 5)
    page.locator("#over-time-box").focus()
    page.keyboard.press("End")
    expect(page.locator("#chart-live")).to_contain_text("%")
    assert ", ;" not in page.locator("#chart-live").inner_text()
