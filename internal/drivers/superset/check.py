"""Apache Superset: connects by its REST API, lists schemas and tables, makes a chart on a view, and is looked at in a browser.

usage: check.py SUPERSET_URL SQLALCHEMY_URI SCREENSHOT.png
"""

import json
import sys
import time

import requests
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

base, uri, screenshot = sys.argv[1:4]
http = requests.Session()


def call(method, path, **body):
    r = http.request(method, base + path, json=body or None, timeout=60)
    assert r.status_code < 300, f"{method} {path}: {r.status_code} {r.text}"
    return r.json()


token = call("POST", "/api/v1/security/login", username="admin", password="admin", provider="db", refresh=True)["access_token"]
http.headers["Authorization"] = "Bearer " + token

call("POST", "/api/v1/database/test_connection/", database_name="millrace", sqlalchemy_uri=uri)
db = call("POST", "/api/v1/database/", database_name="millrace", sqlalchemy_uri=uri, expose_in_sqllab=True)["id"]
print("connected")
schemas = call("GET", f"/api/v1/database/{db}/schemas/")["result"]
assert "public" in schemas, schemas
tables = {t["value"]: t["type"] for t in call("GET", f"/api/v1/database/{db}/tables/?q=(force:!t,schema_name:public)")["result"]}
assert {"customers", "orders", "totals"} <= set(tables), tables
print("schemas", schemas, "tables", tables)
meta = call("GET", f"/api/v1/database/{db}/table_metadata/?name=orders&schema=public")
assert [c["name"] for c in meta["columns"]] == ["id", "customer", "amount", "at", "paid", "note"], meta
rows = call("POST", "/api/v1/sqllab/execute/", database_id=db, sql="SELECT customer, amount FROM totals ORDER BY customer", schema="public", runAsync=False, client_id="check000001")
assert [r["customer"] for r in rows["data"]] == [1, 2], rows
print("SQL Lab", rows["data"])

dataset = call("POST", "/api/v1/dataset/", database=db, schema="public", table_name="totals")["id"]
columns = call("GET", f"/api/v1/dataset/{dataset}")["result"]["columns"]
print("dataset", [(c["column_name"], c["type"]) for c in columns])
metric = {"expressionType": "SQL", "sqlExpression": "SUM(amount)", "label": "amount", "optionName": "amount"}
form = {
    "datasource": f"{dataset}__table", "viz_type": "echarts_timeseries_bar", "x_axis": "customer", "metrics": [metric], "groupby": [],
    "row_limit": 100, "x_axis_sort_asc": True, "orientation": "vertical", "show_legend": True, "show_value": True, "xAxisForceCategorical": True,
}
query = {
    "datasource": {"id": dataset, "type": "table"}, "force": True, "result_format": "json", "result_type": "full", "form_data": form,
    "queries": [{"columns": ["customer"], "metrics": [metric], "orderby": [[metric, False]], "row_limit": 100}],
}
data = call("POST", "/api/v1/chart/data", **query)["result"][0]["data"]
assert sorted(r["customer"] for r in data) == [1, 2], data
print("chart data", data)
chart = call("POST", "/api/v1/chart/", slice_name="Amount by customer, of a materialized view", viz_type=form["viz_type"], datasource_id=dataset, datasource_type="table",
             params=json.dumps(form), query_context=json.dumps(query))["id"]

options = Options()
for arg in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1280,800", "--force-device-scale-factor=1"):
    options.add_argument(arg)
browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
try:
    wait = WebDriverWait(browser, 120)
    browser.get(base + "/login/")
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "input[name=username], input#username"))[0].send_keys("admin")
    browser.find_elements(By.CSS_SELECTOR, "input[name=password], input#password")[0].send_keys("admin")
    browser.find_elements(By.CSS_SELECTOR, "button[type=submit], input[type=submit], [data-test=login-button]")[0].click()
    wait.until(lambda b: "/login" not in b.current_url)
    browser.get(f"{base}/explore/?slice_id={chart}")
    wait.until(lambda b: b.find_elements(By.CSS_SELECTOR, "#chart-id-%d canvas, .chart-container canvas, [data-test=chart-container] canvas" % chart))
    time.sleep(3)  # the bars grow
    browser.save_screenshot(screenshot)
    print("screenshot", screenshot)
finally:
    browser.quit()
