"""The page in a browser: what a reader clicks, and what it must not load."""

import json
import re
import shutil

import pytest
import report
from results_files import C4, LINEAR, content, write
from tool_calls import call

webdriver = pytest.importorskip('selenium.webdriver')
CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
DRIVER = shutil.which('chromedriver')
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason='needs chromium and chromedriver (Debian: chromium-driver)',
)
FLAGS = (
    *('--headless', '--no-sandbox', '--disable-gpu', '--disable-quic'),
    *('--no-first-run', '--disable-background-networking'),
    *('--disable-component-update', '--disable-sync', '--disable-extensions'),
)


def results():
    for number, (experiment, method, top1, ap) in enumerate(
        (
            ('mocov2_resnet50_8xb128-coslr-200e_in1k', 'MoCo v2', 67.1, 0.389),
            (
                'regioncl-m_resnet50_8xb128-coslr-200e_in1k',
                'RegionCL-M',
                69.6,
                0.399,
            ),
        )
    ):
        metrics = {'accuracy/top1': top1, 'accuracy/top5': 88.0}
        for name, found in (
            (LINEAR, metrics),
            (C4, {'coco/bbox_mAP': ap, 'coco/segm_mAP': 0.34}),
            ('<b>toy</b>', {'mIoU': 20.0}),
        ):
            result = content(name, found, sha256=f'{number}a' * 32)
            result['checkpoint'].update(experiment=experiment)
            yield dict(result, method=method)


@pytest.fixture(scope='module')
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp('report')
    write(folder, dict(enumerate(results())))
    run_of = dict(epochs=[1, 2], inside=[0.2, 0.3], outside=[0.1, 0.1])
    run_of.update(name='MoCo v2', knn_epochs=[1, 2], knn20=[60.0, 70.0])
    gradients = dict(runs=[run_of], unit='mean |d loss / d input|')
    (folder / 'object_gradients.json').write_text(json.dumps(gradients))
    call(report.main, folder)
    return folder / 'report.html'


@pytest.fixture(scope='module')
def browser(page, tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f'--user-data-dir={tmp_path_factory.mktemp("user")}'):
        options.add_argument(flag)
    options.set_capability(
        'goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'}
    )
    service = webdriver.ChromeService(executable_path=DRIVER)
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_window_size(1280, 1000)
    browser.get(page.as_uri())
    yield browser
    browser.quit()


def column(browser, table, index):
    """Texts of a column, in the order of the rows."""
    script = """return [...document.querySelectorAll(
        `#${arguments[0]} ~ .scroll tbody tr`)]
        .map((row) => row.cells[arguments[1]].innerText)"""
    return browser.execute_script(script, table, index)


def click_heading(browser, table, index):
    script = """document.querySelectorAll(
        `#${arguments[0]} ~ .scroll th button`)[arguments[1]].click()"""
    browser.execute_script(script, table, index)


def test_it_loads_nothing_and_says_no_error(browser, page):
    assert browser.get_log('browser') == []
    messages = [
        json.loads(entry['message'])['message']
        for entry in browser.get_log('performance')
    ]
    urls = {
        message['params']['request']['url']
        for message in messages
        if message['method'] == 'Network.requestWillBeSent'
    }
    # Those of chrome: are the browser's own first page.
    ours = {url for url in urls if not url.startswith(('chrome', 'data:'))}
    assert ours == {page.as_uri()}
    assert not re.search(r'(src|href)=.?http|@import', page.read_text())


def test_all_tables_and_figures_are_there(browser):
    script = "return [...document.querySelectorAll('h2')].map((x) => x.id)"
    expected = [f'table-{number}' for number in range(1, 16)]
    expected += ['figure-1', 'figure-4', 'other']
    assert browser.execute_script(script) == expected
    for link in browser.execute_script(
        "return [...document.querySelectorAll('nav a')].map((x) => x.hash)"
    ):
        assert link[1:] in expected
    script = """return [...document.querySelectorAll('.plot svg')]
        .map((x) => x.getBoundingClientRect().height)"""
    heights = browser.execute_script(script)
    assert len(heights) == 2 and min(heights) > 100
    # A name is text, not markup.
    assert '<b>toy</b>' in browser.execute_script(
        "return document.querySelector('#other ~ .scroll').innerText"
    )


def test_a_click_sorts_and_another_turns_it_round(browser):
    assert column(browser, 'table-1', 0)[0] == 'MoCo'
    click_heading(browser, 'table-1', 1)
    best = column(browser, 'table-1', 1)
    numbers = [float(text.rstrip('ᵃᵇ')) for text in best]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] == 71.3
    click_heading(browser, 'table-1', 1)
    assert column(browser, 'table-1', 0)[0] == 'MoCo'  # 60.6
    # Ours: the numbers first, whichever way; then what was not run.
    click_heading(browser, 'table-1', 2)
    assert column(browser, 'table-1', 2)[:2] == ['69.6 (+0.2)', '67.1 (-0.4)']
    assert column(browser, 'table-1', 0)[:2] == ['RegionCL-M', 'MoCo v2']
    click_heading(browser, 'table-1', 2)
    assert column(browser, 'table-1', 0)[:2] == ['MoCo v2', 'RegionCL-M']
    # Names sort as words.
    click_heading(browser, 'table-1', 0)
    click_heading(browser, 'table-1', 0)
    names = column(browser, 'table-1', 0)
    assert names == sorted(names, key=str.lower)


def visible_rows(browser, table):
    script = """return [...document.querySelectorAll(
        `#${arguments[0]} ~ .scroll tbody tr`)]
        .filter((row) => row.offsetParent !== null)
        .map((row) => row.cells[0].innerText)"""
    return browser.execute_script(script, table)


def test_the_filter_leaves_rows_with_ours(browser):
    assert len(visible_rows(browser, 'table-1')) == 21
    box = browser.find_element('id', 'filter')
    box.click()
    assert sorted(visible_rows(browser, 'table-1')) == [
        'MoCo v2',
        'RegionCL-M',
    ]
    assert visible_rows(browser, 'table-13') == []
    box.click()
    assert len(visible_rows(browser, 'table-1')) == 21


def test_a_cell_says_how_to_run_it(browser):
    script = """[...document.querySelectorAll('#table-9 ~ .scroll tbody tr')]
        .find((row) => row.cells[0].innerText === '1 to 5 cells')
        .querySelector('button.run').click()"""
    browser.execute_script(script)
    dialog = browser.find_element('id', 'run')
    assert dialog.is_displayed()
    assert 'Table 9, 1 to 5 cells, ImageNet: 20-NN' in dialog.text
    pretrain, evaluate = dialog.text.split('\n')[1:3]
    assert 'regioncl-m-cells-1-5_resnet50' in pretrain
    assert evaluate.startswith('bash tools/dist_knn.sh configs/imagenet/')
    dialog.find_element('tag name', 'button').click()
    assert not dialog.is_displayed()


@pytest.mark.parametrize('width', [390, 1280])
def test_no_page_is_wider_than_the_screen(width, browser, tmp_path):
    browser.execute_cdp_cmd(
        'Emulation.setDeviceMetricsOverride',
        dict(width=width, height=900, deviceScaleFactor=1, mobile=width < 500),
    )
    root = 'document.documentElement'
    whole, seen = browser.execute_script(
        f'return [{root}.scrollWidth, {root}.clientWidth]'
    )
    # A scroll bar takes a few of the pixels.
    assert whole == seen and width - 20 <= seen <= width
    # The wide tables scroll by themselves, beside the names.
    script = """const box = document.querySelector('#table-4 ~ .scroll');
        box.scrollLeft = 10000;
        return [box.scrollWidth > box.clientWidth,
                box.querySelector('tbody th').getBoundingClientRect().left]"""
    scrolls, left = browser.execute_script(script)
    assert scrolls and left >= 0
    browser.save_screenshot(str(tmp_path / 'page.png'))
